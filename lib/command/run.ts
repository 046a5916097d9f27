import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { LONGEST } from '../inspect/heartbeat.ts';
import type { RunSettings } from '../inspect/run-settings.ts';
import { type Command, numberOf, parsed, portOf } from './command.ts';
import { UsageError } from './errors.ts';
import { entryFor, programPath } from './package.ts';
import { asChild } from './same-end.ts';
import { typescriptFlags } from './typescript.ts';

const OPTIONS = {
  patch: { type: 'string' },
  blocking: { type: 'string' },
  trace: { type: 'string' },
  console: { type: 'string' },
} as const;

/** `greenhub run`: runs a program in a process of its own, with what was asked for. */
export const run: Command = {
  name: 'run',
  usage: '[--patch LIST] [--blocking MS] [--trace FILE] [--console [PORT]] PROGRAM [ARGUMENTS]',
  summary: 'runs a program, prepared for the other commands',
  help: `
  --patch LIST     install patches first: names with commas between them, or "all"
  --blocking MS    name code that blocks the event loop for so many milliseconds
  --trace FILE     record the whole run, and write it to FILE when the program ends
  --console [PORT] serve the web console, and print its address on standard error;
                   on any free port unless told otherwise

A number after --console is its port: for a program whose name is a number,
write --console=0.
PROGRAM is a file of JavaScript, or of TypeScript if this Node strips types or tsx is installed.
What follows it are the arguments of the program. Its exit code and signals are passed on.
SIGQUIT (Ctrl-\\ at a terminal) prints what runs, and the program goes on.`,

  own: (args) => split(args).own,

  async run(args) {
    const { own, program, rest } = split(args);
    const { patch, blocking, trace, console } = parsed(own, OPTIONS).values;
    if (program === undefined) throw new UsageError('name the program to run');
    const path = programPath(program);
    const settings: RunSettings = {
      blocking: blocking === undefined ? null : numberOf('--blocking', blocking, 1, LONGEST),
      trace: trace === undefined ? null : resolve(trace),
      console: console === undefined ? null : portOf('--console', console),
      runner: process.pid,
    };
    const patches = patch === undefined ? null : await checkedPatches(patch);
    const flags = [
      '--enable-source-maps',
      ...typescriptFlags(path),
      ...['--import', entryFor(path, 'inspect/prepare')],
      ...(patches === null ? [] : ['--import', entryFor(path, 'monkey/register')]),
    ];
    const env = {
      GREENHUB_INSPECT: '1',
      ...process.env,
      GREENHUB_RUN: JSON.stringify(settings),
      ...(patches === null ? {} : { GREENHUB_PATCH: patches }),
    };
    return asChild(spawn(process.execPath, [...flags, path, ...rest], { stdio: 'inherit', env }));
  },
};

/** The first argument that is no option names the program. What follows is the program's, even if it looks like our options. */
function split(args: readonly string[]): {
  own: readonly string[];
  program: string | undefined;
  rest: readonly string[];
} {
  const own: string[] = [];
  let at = 0;
  for (; at < args.length && (args[at] as string).startsWith('-') && args[at] !== '--'; at += 1) {
    const option = args[at] as string;
    const value = args[at + 1];
    if (option === '--console') {
      // parseArgs() has no options whose value may be missing.
      const isPort = value !== undefined && /^\d+$/.test(value);
      own.push(`--console=${isPort ? value : 0}`);
      if (isPort) at += 1;
    } else {
      own.push(option);
      if (Object.keys(OPTIONS).includes(option.slice(2)) && value !== undefined) {
        own.push(value);
        at += 1;
      }
    }
  }
  const start = args[at] === '--' ? at + 1 : at;
  return { own, program: args[start], rest: args.slice(start + 1) };
}

/** The list for GREENHUB_PATCH, where an empty list means all patches. */
async function checkedPatches(list: string): Promise<string> {
  if (list.trim() === 'all') return '';
  const check: (name: string) => void = (await import('../monkey/all-patches.ts')).checkPatchName;
  const names = list.split(',').map((name) => name.trim());
  try {
    for (const name of names) check(name);
  } catch (error) {
    throw new UsageError(`--patch: ${(error as Error).message}, or "all"`);
  }
  return names.join(',');
}
