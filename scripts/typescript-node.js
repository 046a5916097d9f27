// Decides, for the whole project, how the current Node runs a TypeScript program. A Node that strips types and
// supports `using` runs the sources directly; any other runs them through tsx. Use it also for programs that
// tests start as children.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The flags that Node needs before the name of a `.ts` file. */
export function typescriptFlags() {
  const tsx = runsTypescriptNatively() ? [] : ['--import', import.meta.resolve('tsx')];
  return [...tsx, '--enable-source-maps'];
}

/**
 * Runs a program in the foreground and then ends this process in the same way: with the same exit code or by
 * the same signal.
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
  // The types of the oldest supported Node do not have this property yet.
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
 * This process survives the signal and waits for the child. At a terminal, Ctrl-C reaches the child directly,
 * because it belongs to the foreground group. If we forwarded it, it would arrive twice, and a second Ctrl-C
 * often means "now, without cleanup". (The npm scripts use `exec`. Otherwise npm's shell would die of the
 * signal, and npm with it, before the program ends.)
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
