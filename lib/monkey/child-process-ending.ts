/**
 * Ends a child process that is no longer needed: it gets SIGTERM (or `killSignal`), and SIGKILL after a grace period.
 */
import { type ChildProcess, ChildProcess as ChildProcesses } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import { checkedTime } from '../hub/checks/checks.ts';
import { checkedOwnOptions, type OptionNames } from '../hub/checks/options.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';

/** Milliseconds between the first signal and SIGKILL. */
const GRACE = 5_000;
/** Milliseconds between two checks whether the children of a child have ended. */
const LOOK = 50;

/** How to end a child. */
export interface Ending {
  readonly signal: NodeJS.Signals | number | undefined;
  /** The grace period in milliseconds. */
  readonly grace: number;
  /** Whether to end its own children as well, as a process group. */
  readonly tree: boolean;
  /** Whether it was spawned to run independently, so that it belongs to no greenlet. */
  readonly detached: boolean;
}

/** The options that greenhub adds, and the options of Node that matter here. */
interface EndingOptions {
  killTree?: boolean;
  killGrace?: number;
  killSignal?: NodeJS.Signals | number;
  detached?: boolean;
}

const ENDING_OPTIONS: OptionNames<EndingOptions> = {
  killTree: 'boolean',
  killGrace: 'number',
  killSignal: 'string',
  detached: 'boolean',
};

/**
 * Returns how to end a child, from the arguments of `spawn()` and similar functions.
 *
 * @throws RangeError if `killGrace` is NaN or negative; TypeError if it is not a number
 */
export function endingOf(args: readonly unknown[]): Ending {
  const options: EndingOptions = checkedOwnOptions(optionsIn(args), ENDING_OPTIONS, 'a child process') ?? {};
  const grace = options.killGrace === undefined ? GRACE : checkedTime(options.killGrace, 'killGrace');
  const tree = options.killTree === true;
  return { signal: options.killSignal, grace, tree, detached: options.detached === true && !tree };
}

/** The options among the arguments of `spawn()` and similar functions. */
export function optionsIn(args: readonly unknown[]): object | undefined {
  return args.find(
    (arg, at): arg is object => at > 0 && typeof arg === 'object' && arg !== null && !Array.isArray(arg),
  );
}

/**
 * Calls `start`, which starts a child with `args`. If the child is to be ended with its own children, it becomes the leader of a
 * process group. Any number of children may share one signal: Node would warn of a leak.
 */
export function startWith(ending: Ending, args: readonly unknown[], start: () => unknown): unknown {
  const { signal } = (optionsIn(args) ?? {}) as { signal?: unknown };
  if (signal instanceof AbortSignal) setMaxListeners(0, signal);
  if (!ending.tree || process.platform === 'win32') return start();
  const { prototype } = ChildProcesses as unknown as { prototype: { spawn(options: { detached: boolean }): unknown } };
  const property = Object.getOwnPropertyDescriptor(prototype, 'spawn') as PropertyDescriptor;
  const original = prototype.spawn;
  // Some functions drop the `detached` option, but all of them call this method before they return.
  prototype.spawn = function spawn(options) {
    options.detached = true;
    return original.call(this, options);
  };
  try {
    return start();
  } finally {
    Object.defineProperty(prototype, 'spawn', property);
  }
}

/** A work that ends the child when it is released. */
export function childWork(child: ChildProcess, ending: Ending, released: () => void = () => {}): BoundWork {
  const work = new BoundWork();
  work.signal(undefined).addEventListener('abort', () => {
    end(child, ending);
    released();
  });
  return work;
}

/** Binds a child to the greenlet's innermost scope until the child has ended. */
export function bindChild(child: ChildProcess, ending: Ending): void {
  if (ending.detached || child.pid === undefined) return;
  const work = childWork(child, ending);
  child.once('close', () => work.unbind());
  work.bindTo(kernel.current);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The children that were told to end because they are no longer needed. */
const unwanted = new WeakSet<ChildProcess>();

export function isUnwanted(child: ChildProcess): boolean {
  return unwanted.has(child);
}

/** Tells a child to end, and kills it if it has not ended after the grace period. */
export function end(child: ChildProcess, ending: Ending): void {
  if (child.pid === undefined) return;
  unwanted.add(child);
  // Its own children get the grace period as well, even if it has already ended. The group ID is not reused as long as
  // they hold its pipes.
  const isOver = (): boolean => hasEnded(child) && !(ending.tree && signalGroup(child, 0));
  if (hasEnded(child)) closeOutput(child);
  if (isOver()) return;
  kill(child, ending, ending.signal ?? 'SIGTERM');
  let looking: HostTimer | null = null;
  const last = host.startTimer(() => {
    if (looking !== null) host.stopTimer(looking);
    kill(child, ending, 'SIGKILL');
  }, ending.grace);
  const lookAfterTree = (): void => {
    if (isOver()) host.stopTimer(last);
    else if (ending.tree) looking = host.startTimer(lookAfterTree, LOOK);
  };
  if (hasEnded(child)) lookAfterTree();
  else {
    child.once('exit', () => {
      closeUnread(child);
      lookAfterTree();
    });
  }
}

function kill(child: ChildProcess, ending: Ending, signal: NodeJS.Signals | number): void {
  if (ending.tree && signalGroup(child, signal)) return;
  child.kill(signal);
}

/** Signals the process group of a child. Returns false if there is none, or none any more. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | number): boolean {
  if (process.platform === 'win32') return false;
  try {
    return process.kill(-(child.pid as number), signal);
  } catch {
    return false;
  }
}

/** Closes unread output, because a child of the child may hold the pipe open for a long time. */
function closeUnread(child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr]) if (stream?.readableFlowing === null) stream.destroy();
}

/** Closes the output, because a child of the child may hold the pipes open for a long time. */
export function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
