/** Runs a program of the tutorial or the recipes in this process, where it needs no start of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { getHub } from 'greenhub';
import { unpatchAll } from 'greenhub/monkey';
import { VirtualClock } from 'greenhub/testing';
import { root } from '../../scripts/typescript-node.js';

/** A program that takes longer, in milliseconds, hangs. */
const LIMIT = 240_000;

/** A program with one of these needs real time, or has a clock of its own. */
const REAL = /from '(?:greenhub\/(?:net|monkey|process|testing)|ioredis)'/;

/**
 * Imports a program and waits for its end. It may run once in a process.
 *
 * @param file its path below the root
 * @returns what it printed
 * @throws Error if the program fails, or leaves the error of a greenlet to the hub
 */
export async function play(file: string): Promise<string> {
  const hub = getHub();
  const { handleError, switchInterval } = hub;
  const { log } = console;
  const failures: unknown[] = [];
  let printed = '';
  const clock = REAL.test(readFileSync(join(root, file), 'utf8')) ? undefined : VirtualClock.install({ patience: 0 });
  // The speed of the machine must not decide the order of greenlets.
  hub.switchInterval = Infinity;
  hub.handleError = (_, error) => void failures.push(error);
  console.log = (...values: unknown[]) => {
    printed += `${format(...values)}\n`;
  };
  try {
    await withinLimit(import(pathToFileURL(join(root, file)).href), file);
  } finally {
    console.log = log;
    hub.handleError = handleError;
    hub.switchInterval = switchInterval;
    clock?.uninstall();
    unpatchAll();
  }
  if (failures.length > 0) throw failures[0];
  return printed;
}

async function withinLimit(ended: Promise<unknown>, file: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${file} hangs`)), LIMIT);
  });
  try {
    await Promise.race([ended, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
