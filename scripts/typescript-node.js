// How a TypeScript program is run on the Node at hand. Decided here and nowhere else: a Node that
// strips types and knows `using` runs the sources as they are, any other runs them through tsx.
// Programs that tests start as children should ask here as well.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The flags Node needs before the name of a `.ts` file. */
export function typescriptFlags() {
  const tsx = runsTypescriptNatively() ? [] : ['--import', import.meta.resolve('tsx')];
  return [...tsx, '--enable-source-maps'];
}

/**
 * Runs a program in the foreground and ends this process as the program ended: with the same exit
 * code or by the same signal.
 *
 * @param {string[]} args flags, file and arguments, as Node takes them
 */
export function runTypescript(args) {
  const child = spawn(process.execPath, [...typescriptFlags(), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const stopForwarding = forwardSignals(child);
  child.on('exit', (code, signal) => {
    stopForwarding();
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

function runsTypescriptNatively() {
  // Newer than the oldest Node that is supported, and so unknown to its types.
  const { typescript } = /** @type {{ typescript?: string | false }} */ (process.features);
  return Boolean(typescript) && knowsUsing();
}

function knowsUsing() {
  try {
    new Function('{ using nothing = null; }');
    return true;
  } catch {
    return false;
  }
}

/**
 * This process outlives the signal and waits for the child. At a terminal Ctrl-C reaches the child
 * by itself, as a member of the foreground group: sent on, it would arrive twice, and a second
 * Ctrl-C often means "at once, without cleanup". (The npm scripts that come here say `exec`, because
 * the shell npm puts in between would die of the signal, and npm with it, before the program ends.)
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const atTerminal = process.stdin.isTTY;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (signal === 'SIGINT' && atTerminal) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
