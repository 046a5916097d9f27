import { isMainThread, Worker } from 'node:worker_threads';
import { GreenletError } from '../greenlet/errors.ts';
import { programLines } from '../greenlet/frames.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Shown, TEXT, titled } from '../greenlet/shown.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';
import { channels } from './channels.ts';
import { LONGEST, LOOKS, type WatchOrder, WORDS, word } from './heartbeat.ts';
import { observeSwitches } from './observing.ts';

/** What blocks the event loop. */
export interface Blocked {
  /** The greenlet that runs; main for code outside greenlets. */
  readonly greenlet: RawGreenlet;
  /** The function that runs, and where: `crunch (file:///srv/app.ts:12:5)`. If it is built in, or Node's own: its caller. */
  readonly where: string;
  /** How long it has blocked so far, in milliseconds, to about a quarter of the threshold. */
  readonly ms: number;
  /** The stack of the greenlet, innermost function first, without the library's own lines. */
  readonly stack: readonly string[];
}

export interface WatchBlockingOptions {
  /** How long, in milliseconds, the event loop must be blocked. The default is 100, the least 1. */
  threshold?: number | undefined;
  /**
   * Called once for each block, on the main thread, in the middle of the code that blocks. It must not wait or switch. By default,
   * one line is printed on standard error.
   */
  onBlocked?: ((blocked: Blocked) => void) | undefined;
}

const OPTIONS: OptionNames<WatchBlockingOptions> = { threshold: 'number', onBlocked: 'function' };

/**
 * Watches for code that blocks the event loop, and names it while it still blocks: the greenlet, the function, and the line. Another
 * thread watches, so it also finds endless loops. It is off while the inspector is open, and says so on standard error.
 *
 * @returns dispose it to stop watching
 * @throws TypeError or RangeError unless `threshold` is a number from 1 to 2,147,483,647; TypeError unless `onBlocked` is a function;
 *   GreenletError in a worker thread, which it cannot watch
 *
 * @example
 * using watching = watchBlocking({ threshold: 50 });
 * // greenhub: handler-7 has blocked the event loop for 52 ms: crunch (file:///srv/app.ts:12:5)
 */
export function watchBlocking(options?: WatchBlockingOptions): Disposable {
  const { threshold = 100, onBlocked = print } = checkedOptions(options, OPTIONS, 'watchBlocking()') ?? {};
  checkThreshold(threshold);
  if (typeof onBlocked !== 'function') {
    throw new TypeError(`onBlocked of watchBlocking() must be a function, not ${kindOf(onBlocked)}`);
  }
  if (!isMainThread) {
    throw new GreenletError('watchBlocking() can watch the main thread only: call it there');
  }
  return new Watch(threshold, onBlocked, true);
}

function checkThreshold(threshold: unknown): void {
  if (typeof threshold !== 'number') {
    throw new TypeError(`the threshold of watchBlocking() must be a number of milliseconds, not ${kindOf(threshold)}`);
  }
  if (threshold >= 1 && threshold <= LONGEST) return;
  throw new RangeError(`the threshold of watchBlocking() must be from 1 to ${LONGEST} ms, not ${threshold}`);
}

/**
 * Watches the event loop itself. Greenlets that take turns without letting it run are reported, too, and a switch costs nothing.
 *
 * @param threshold in milliseconds
 */
export function watchLoop(threshold: number, onBlocked: (blocked: Blocked) => void): Disposable {
  return new Watch(threshold, onBlocked, false);
}

/** The worker's file is built. The sources, which only tests run, start the same one. */
const watcherUrl = new URL(
  `${import.meta.url.endsWith('.ts') ? '../../dist/' : '../'}inspect/blocking-watcher.js`,
  import.meta.url,
);

/** Enough to find the program's line below functions of Node, which may call each other in many levels. */
const MOST_LINES = 100;
let watches = 0;

class Watch extends Shown implements Disposable {
  private readonly words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  private readonly threshold: number;
  private readonly key: string;
  private isOn = true;
  private readonly onBlocked: (blocked: Blocked) => void;
  private readonly worker: Worker;
  private ticking: HostTimer | null = null;
  private readonly stopObserving: () => void;

  constructor(threshold: number, onBlocked: (blocked: Blocked) => void, followsSwitches: boolean) {
    super();
    watches += 1;
    this.threshold = threshold;
    this.key = `greenhub.blocked.${watches}`;
    this.onBlocked = onBlocked;
    this.heedDebugger();
    const order: WatchOrder = { words: this.words, threshold, key: this.key };
    // Without the flags of the program, which may make it load other modules first.
    const options = { workerData: order, execArgv: [], env: {}, name: 'greenhub watchBlocking' };
    this.worker = new Worker(watcherUrl, options);
    this.worker.unref();
    this.worker.on('error', (error) => {
      host.report(`greenhub: watchBlocking() has ended, because its thread has failed: ${error.message}`);
      this[Symbol.dispose]();
    });
    this.tickLater();
    Object.defineProperty(globalThis, Symbol.for(this.key), { value: this.report, configurable: true });
    this.stopObserving = followsSwitches ? observeSwitches(() => this.beat()) : () => {};
  }

  /** @internal */
  [TEXT](): string {
    const isDebugged = this.words[word.IS_DEBUGGED] === 1;
    const state = !this.isOn ? 'stopped' : isDebugged ? 'off while the inspector is open' : 'on';
    return titled('BlockingWatch', state, `threshold ${this.threshold} ms`);
  }

  [Symbol.dispose](): void {
    this.isOn = false;
    this.stopObserving();
    if (this.ticking !== null) host.stopTimer(this.ticking);
    Reflect.deleteProperty(globalThis, Symbol.for(this.key));
    void this.worker.terminate();
  }

  /** The event loop turns, although no greenlet may run. */
  private tickLater(): void {
    this.ticking = host.startTimer(() => {
      this.tickLater();
      this.beat();
      this.heedDebugger();
    }, this.threshold / LOOKS);
    this.ticking.unref();
  }

  private beat(): void {
    const { words } = this;
    words[word.BEATS] = ((words[word.BEATS] as number) + 1) | 0;
  }

  /** The watcher and a debugger would stop at each other's pauses. */
  private heedDebugger(): void {
    const url = inspectorUrl();
    const { words } = this;
    const wasDebugged = words[word.IS_DEBUGGED] === 1;
    words[word.IS_DEBUGGED] = url === undefined ? 0 : 1;
    if (url !== undefined && !wasDebugged) {
      host.report(
        `greenhub: watchBlocking() is off while the inspector is open (${url}), because both would pause the program`,
      );
    }
  }

  /** Called by the watcher's thread through the inspector, in the middle of the code that blocks. */
  private readonly report = (beat: number, ms: number): void => {
    if (this.words[word.BEATS] !== beat) return;
    // The first line is the inspector's call of this function.
    const stack = programLines(this.report, MOST_LINES)
      .slice(1)
      .map((line) => line.trim().replace(/^at /, ''));
    const where = stack.find(hasPlace) ?? stack[0] ?? 'unknown';
    const blocked: Blocked = { greenlet: kernel.current, where, ms, stack };
    channels.blocked.publish(blocked);
    try {
      this.onBlocked(blocked);
    } catch (error) {
      host.throwLater(error);
    }
  };
}

/** False for built-in functions, and for Node's own. */
function hasPlace(line: string): boolean {
  return /:\d+:\d+\)?$/.test(line) && !/(?:^|\()node:/.test(line);
}

function print({ greenlet, where, ms }: Blocked): void {
  host.report(`greenhub: ${greenlet.name} has blocked the event loop for ${Math.round(ms)} ms: ${where}`);
}

/** The address of the open inspector; undefined if it is closed, or if this Node has none. */
function inspectorUrl(): string | undefined {
  const inspector = process.getBuiltinModule('node:inspector') as typeof import('node:inspector') | undefined;
  return inspector?.url();
}
