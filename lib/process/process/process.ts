import type { Readable, Writable } from 'node:stream';
import { programLines } from '../../greenlet/frames.ts';
import { excused, type Operation, operation, type Suspend } from '../../greenlet/operation.ts';
import { line, Shown, TEXT, valueText } from '../../greenlet/shown.ts';
import { checkedTime, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, refuseOptions, TIMEOUT } from '../../hub/checks/options.ts';
import type { Waiter } from '../../hub/loop/wait-queue.ts';
import { callAndSettle } from '../../hub/parking/body.ts';
import { until } from '../../hub/parking/until.ts';
import type { Waitable } from '../../hub/parking/waitable.ts';
import { ENDS_WITH } from '../../hub/tasks/ends-with.ts';
import { Link, type LinkTarget } from '../../hub/tasks/link.ts';
import type { Gift } from '../../net/giving.ts';
import { type Child, GRACE } from '../child/child.ts';
import { here } from '../child/here.ts';
import { startChild } from '../child/start-child.ts';
import { encode } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import { knownPlace, type Place } from '../travel/remote.ts';
import type { Way } from '../travel/shareable.ts';
import { placeOf } from '../travel/target.ts';
import { noteStarted } from './children.ts';
import { checkedProcessOptions, type ProcessOptions } from './options.ts';
import type { ProcessTask } from './run-process.ts';
import { Supervisor } from './supervisor.ts';

/** How to terminate a process. */
export interface TerminateOptions {
  /** How long its greenlets may take to end, in milliseconds, before it is ended by force. The default is 1,000. */
  grace?: number | undefined;
}

const TERMINATE_OPTIONS: OptionNames<TerminateOptions> = { grace: 'number' };

/** The number in the name of the last process that was not given one. */
let lastNumber = 0;

/**
 * A greenlet on another core: a process or a thread with a hub of its own, in which a function runs. It is started, joined,
 * killed, linked and waited for like a greenlet. `yield* process` and `await process` are `get()`.
 *
 *     new Process() ──start()──▶ running ──▶ ended: value or exception, and an exit code
 *                                   │ terminate(): greenlets killed, then the end     ▲
 *                                   │ kill(): by force                                │
 *                                   └─────────────────────────────────────────────────┘
 *
 * The child imports the module of its target anew: nothing is inherited. It ends when the target has returned: its other
 * greenlets are killed, and timers and sockets that are left do not keep it.
 *
 * @example
 * const process = new Process({ target: square, args: [3] }).start();
 * const nine = yield* process.get();
 */
// biome-ignore lint/suspicious/noExplicitAny: the arguments of a subclass
export class Process<R = unknown, A extends unknown[] = any[]> extends Shown implements Operation<R>, Waitable {
  /** The arguments of the target. */
  readonly args: A;
  private readonly options: ProcessOptions<R, A>;
  private readonly place: Place;
  /** The subclass whose `run()` the child calls instead of the target; null if there is none. */
  private readonly subclass: Place | null;
  private readonly supervisor: Supervisor<R>;
  private child: Child | null = null;
  private given: string;
  private isDaemon: boolean;
  private isClosed = false;

  /**
   * Does not start it: `start()` does.
   *
   * @throws TypeError for a target that another process cannot find, and for wrong options
   */
  constructor(options: ProcessOptions<R, A>) {
    super();
    const isOwn = own !== null;
    const given = (own ?? options) as ProcessOptions<R, A>;
    own = null;
    checkedProcessOptions(given as ProcessOptions);
    this.place = placeToRun(new.target, given.target);
    this.subclass = isOwn || given.target === undefined ? null : placeOfRun(new.target);
    this.options = { ...given };
    this.args = given.args ?? ([] as unknown[] as A);
    this.isDaemon = given.daemon === true;
    this.given = given.name ?? nextName();
    this.supervisor = new Supervisor<R>(this);
  }

  /** @internal */
  [TEXT](): string {
    return line('Process', this.given, this.doing());
  }

  /** Its name in messages. */
  get name(): string {
    return this.given;
  }

  set name(name: string) {
    this.given = name;
  }

  /** True if it is terminated when its parent ends. */
  get daemon(): boolean {
    return this.isDaemon;
  }

  /** @throws Error once it was started */
  set daemon(daemon: boolean) {
    if (this.child !== null) throw new Error(`${this.name} was started already: set daemon before start()`);
    this.isDaemon = daemon;
  }

  get kind(): 'process' | 'thread' {
    return this.options.kind ?? 'process';
  }

  /** The id of its process; that of this process for a thread. Null before it is started. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /**
   * Null until it has ended. Then 0; n after `process.exit(n)`; 1 after an error; -n if signal n has ended it. The same for
   * threads. `terminate()` makes it -15, `kill()` -9.
   */
  get exitcode(): number | null {
    return this.child?.exitcode ?? null;
  }

  /** Its standard input, if `stdio` says 'pipe'. */
  get stdin(): Writable | null {
    return this.child?.stdin ?? null;
  }

  /** Its standard output, if `stdio` says 'pipe'. */
  get stdout(): Readable | null {
    return this.child?.stdout ?? null;
  }

  /** Its standard error, if `stdio` says 'pipe'. */
  get stderr(): Readable | null {
    return this.child?.stderr ?? null;
  }

  /** The value of its target. Undefined before it has ended, and if it has failed. */
  get value(): R | undefined {
    return this.supervisor.value;
  }

  /** The error that `get()` throws. Null before it has ended, and if its target has returned. */
  get exception(): unknown {
    return this.supervisor.exception;
  }

  /** @internal True once a waiter or a link has received its error. */
  get taken(): boolean {
    return this.supervisor.taken;
  }

  set taken(taken: boolean) {
    this.supervisor.taken = taken;
  }

  /** @internal The greenlet that ends with it. */
  get [ENDS_WITH](): Supervisor<R> {
    return this.supervisor;
  }

  /**
   * Starts it. The arguments are copied at once.
   *
   * @throws TypeError if an argument cannot be sent; then nothing is started
   * @throws Error at the second call; in a daemon; while the module of a target is being imported
   */
  start(): this {
    if (this.child !== null) throw new Error(`${this.name} was started already: make a new Process to run it again`);
    if (here.role === ROLE && here.daemon) {
      throw new Error(`${here.name} cannot start ${this.name}: daemonic processes are not allowed to have children`);
    }
    const { kind, options, place, subclass } = this;
    const { env, cwd, execArgv, stdio, resourceLimits, transfer, watchdog } = options;
    const gifts: Gift[] | undefined = kind === 'process' ? [] : undefined;
    const way: Way = { toThread: kind === 'thread', use: 'argument', gifts, moves: [] };
    const args = encode(this.args, 'args', way, transfer as object[]);
    const task: ProcessTask = { place, subclass, args };
    this.child = startChild({
      ...{ kind, role: ROLE, task, gifts, name: this.name, daemon: this.daemon },
      ...{ env, cwd, execArgv, stdio, resourceLimits, transfer, watchdog },
    });
    for (const move of way.moves ?? []) move(this.child);
    this.supervisor.supervise(this.child, programLines(this.start).join('\n'));
    noteStarted(this, this.child);
    return this;
  }

  /** What the child runs: by default, the target with the arguments. A subclass may define its own instead of giving a target. */
  run(): unknown {
    return runTarget(this.place, this.args);
  }

  /** True from `start()` until it has ended. */
  isAlive(): boolean {
    return this.child?.isAlive === true;
  }

  /** True once it has ended, in any way. */
  ready(): boolean {
    return this.supervisor.ready();
  }

  /** True once its target has returned. */
  successful(): boolean {
    return this.supervisor.successful();
  }

  /**
   * Waits until it has ended. Does not throw its error.
   *
   * @returns an operation for true, or for false if the time is up
   * @throws Error before `start()`
   */
  join(options?: TimeoutOption): Operation<boolean> {
    const checked = checkedOptions(options, TIMEOUT, 'process.join()');
    this.started('join()');
    const joined = this.supervisor.join(checked);
    return operation(() => this.joined(excused(joined)), 'process.join()');
  }

  /**
   * Waits for the value of its target.
   *
   * @throws its error; GreenletExit if we have terminated or killed it; WorkerLostError if it has ended otherwise without a
   *   value; Timeout when the time is up
   * @throws Error before `start()`
   */
  get(options?: TimeoutOption): Operation<R> {
    const checked = checkedOptions(options, TIMEOUT, 'process.get()');
    this.started('get()');
    return this.supervisor.get(checked);
  }

  /**
   * Asks it to end, at once: its greenlets are killed, their cleanup runs. After `grace` milliseconds it is ended by force. Its
   * exit code is -15 either way.
   *
   * @returns an operation that waits until it has ended
   * @throws Error before `start()`
   */
  terminate(options?: TerminateOptions): Operation<void> {
    const { grace = GRACE } = checkedOptions(options, TERMINATE_OPTIONS, 'process.terminate()') ?? {};
    checkedTime(grace, 'grace');
    this.started('terminate()').terminate(grace);
    return excused(this.supervisor.join());
  }

  /**
   * Ends it by force, at once, without any cleanup. Its exit code is -9.
   *
   * @returns an operation that waits until it has ended
   * @throws Error before `start()`
   */
  kill(): Operation<void>;
  kill(extra?: unknown): Operation<void> {
    refuseOptions(extra, 'process.kill()', 'withTimeout(ms, process.kill())');
    this.started('kill()').kill();
    return excused(this.supervisor.join());
  }

  /**
   * Frees what is held of a process that has ended.
   *
   * @throws Error if it is alive
   */
  close(): void {
    if (this.isAlive()) throw new Error(`${this.name} is alive: terminate() and join() it before close()`);
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
    this.isClosed = true;
  }

  /** Links a callback: it is called with this process when it has ended, or soon if it already has. */
  link(callback: LinkTarget<R, this>): void {
    this.addLink(new Link<R, this>(this, callback, 'both'));
  }

  /** Like `link()`, but `callback` is called only if the target has returned. */
  linkValue(callback: LinkTarget<R, this>): void {
    this.addLink(new Link<R, this>(this, callback, 'value'));
  }

  /** Like `link()`, but `callback` is called only if the process has failed, or was terminated or killed. */
  linkException(callback: LinkTarget<R, this>): void {
    this.addLink(new Link<R, this>(this, callback, 'exception'));
  }

  /** Removes one link of `callback`. */
  unlink(callback: LinkTarget<R, this>): void {
    this.supervisor.unlink(callback as never);
  }

  [Symbol.iterator](): Iterator<Suspend, R, unknown> {
    return this.get()[Symbol.iterator]();
  }

  // biome-ignore lint/suspicious/noThenProperty: a process is awaited outside greenlets
  then<V = R, E = never>(
    onFulfilled?: ((value: R) => V | PromiseLike<V>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<V | E> {
    return this.get().then(onFulfilled, onRejected) as Promise<V | E>;
  }

  /** `get()` outside greenlets, with an error handler, like `catch()` of a promise. */
  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<R | E> {
    return this.get().catch(onRejected);
  }

  /** `get()` outside greenlets, followed by `onFinally`, like `finally()` of a promise. */
  finally(onFinally?: (() => void) | null): Promise<R> {
    return this.get().finally(onFinally);
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.supervisor.watch(waiter);
  }

  private *joined(joined: Operation<void>) {
    yield* joined;
    return this.ready();
  }

  private addLink(link: Link<R, this>): void {
    if (this.ready()) link.notify();
    else this.watch(link);
  }

  /** The child, once it was started. */
  private started(call: string): Child {
    if (this.child === null) throw new Error(`${call} of ${this.name} needs a started process: call start() first`);
    return this.child;
  }

  private doing(): string {
    const { child } = this;
    if (child === null) return 'not started';
    if (this.isAlive()) return `running as ${this.kind} ${child.pid}`;
    const how = this.successful() ? `returned ${valueText(this.value)}` : `failed with ${valueText(this.exception)}`;
    return `${this.isClosed ? 'closed, ' : ''}${how}, exit code ${child.exitcode}`;
  }
}

/** The options of the process that this child is, while it is made here. Its class may give others to `super()`. */
let own: ProcessOptions | null = null;

/**
 * @internal Makes a process as its own child sees it.
 *
 * @param Class `Process`, or the subclass that the child runs
 */
export function ownProcess(Class: new (options: ProcessOptions) => Process, options: ProcessOptions): Process {
  own = options;
  try {
    return new Class(options);
  } finally {
    own = null;
  }
}

/** The role of a process in the table of lib/process/bootstrap.ts. */
const ROLE = 'process';

function nextName(): string {
  lastNumber += 1;
  return `Process-${lastNumber}`;
}

/** Where the child finds what to run: the target, or the subclass. */
function placeToRun(Class: typeof Process, target: unknown): Place {
  if (target !== undefined) return placeOf(target, 'new Process()');
  const place = knownPlace(Class);
  if (place !== undefined) return place;
  if (Class === Process)
    throw new TypeError('new Process() takes a target: a function of remote(), or { module, export }');
  throw isNotFound(Class);
}

/** Where the child finds the subclass with a `run()` of its own, which may call the target by `super.run()`. Null without one. */
function placeOfRun(Class: typeof Process): Place | null {
  if (Class.prototype.run === Process.prototype.run) return null;
  const place = knownPlace(Class);
  if (place === undefined) throw isNotFound(Class);
  return place;
}

function isNotFound(Class: typeof Process): TypeError {
  const name = Class.name === '' ? 'Work' : Class.name;
  return new TypeError(
    `new ${name}() cannot be found by another process: write export const ${name} = remote(import.meta.url, '${name}', ` +
      `class extends Process { … }) at the top level of a module`,
  );
}

function* runTarget(place: Place, args: readonly unknown[]) {
  const target = (yield* until(loadTarget(place))) as (...args: unknown[]) => unknown;
  if (typeof target !== 'function') {
    throw new TypeError(`the export "${place.export}" of ${place.module} is not a function, so it cannot be a target`);
  }
  return yield* callAndSettle(target, ...args);
}
