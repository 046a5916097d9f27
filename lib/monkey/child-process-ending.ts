/**
 * How a child process is ended when nobody wants it any more: it is asked to end (SIGTERM, or `killSignal`), and killed
 * after a time of grace.
 */
import { type ChildProcess, ChildProcess as ChildProcesses } from 'node:child_process';
import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import { checkedTime } from '../hub/checks/checks.ts';
import { checkedOwnOptions, type OptionNames } from '../hub/checks/options.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';

/** Milliseconds between the first signal and SIGKILL. */
const GRACE = 5_000;
/** Milliseconds between two looks whether the children of a child are gone. */
const LOOK = 50;

/** How a child is to be ended. */
export interface Ending {
  readonly signal: NodeJS.Signals | number | undefined;
  /** Milliseconds. */
  readonly grace: number;
  /** Its children too: they are a process group of their own. */
  readonly tree: boolean;
  /** It was made to go on by itself: it belongs to no greenlet. */
  readonly detached: boolean;
}

/** The options that greenhub adds, and those of Node's that matter here. */
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
 * What the arguments of `spawn()` and its like say about the end.
 *
 * @throws RangeError for a `killGrace` that is NaN or negative, TypeError for one that is no number
 */
export function endingOf(args: readonly unknown[]): Ending {
  const options: EndingOptions = checkedOwnOptions(optionsIn(args), ENDING_OPTIONS, 'a child process') ?? {};
  const grace = options.killGrace === undefined ? GRACE : checkedTime(options.killGrace, 'killGrace');
  const tree = options.killTree === true;
  return { signal: options.killSignal, grace, tree, detached: options.detached === true && !tree };
}

/** The options among the arguments of `spawn()` and its like. */
export function optionsIn(args: readonly unknown[]): object | undefined {
  return args.find(
    (arg, at): arg is object => at > 0 && typeof arg === 'object' && arg !== null && !Array.isArray(arg),
  );
}

/** Calls what starts a child; one that is to be ended with its children leads a process group. */
export function startWith(ending: Ending, start: () => unknown): unknown {
  if (!ending.tree || process.platform === 'win32') return start();
  const { prototype } = ChildProcesses as unknown as { prototype: { spawn(options: { detached: boolean }): unknown } };
  const property = Object.getOwnPropertyDescriptor(prototype, 'spawn') as PropertyDescriptor;
  const original = prototype.spawn;
  // Not every way to start one passes the option on to here, where all of them come by, before this returns.
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

/** Work that ends the child when it is released; it is over when the child is. */
export function childWork(child: ChildProcess, ending: Ending, released: () => void = () => {}): BoundWork {
  const work = new BoundWork();
  work.signal(undefined).addEventListener('abort', () => {
    end(child, ending);
    released();
  });
  return work;
}

/** Has a child belong to what the greenlet does now, until it has ended. */
export function bindChild(child: ChildProcess, ending: Ending): void {
  if (ending.detached || child.pid === undefined) return;
  const work = childWork(child, ending);
  child.once('close', () => work.unbind());
  work.bindTo(kernel.current);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Those that were asked to end because nobody wants them any more. */
const unwanted = new WeakSet<ChildProcess>();

export function isUnwanted(child: ChildProcess): boolean {
  return unwanted.has(child);
}

/** Asks a child to end, and kills it when it has not by the end of its grace. */
export function end(child: ChildProcess, ending: Ending): void {
  if (child.pid === undefined) return;
  unwanted.add(child);
  // Its children have their grace as well, also when it has ended before. As long as they hold its pipes its group is its own.
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

/** Signals the group that a child leads; false when there is none (any more). */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | number): boolean {
  if (process.platform === 'win32') return false;
  try {
    return process.kill(-(child.pid as number), signal);
  } catch {
    return false;
  }
}

/** Output that nobody reads is not waited for: a child of the child may hold the pipe open for long. */
function closeUnread(child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr]) if (stream?.readableFlowing === null) stream.destroy();
}

/** A child of the child may hold the pipes open for long. */
export function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
