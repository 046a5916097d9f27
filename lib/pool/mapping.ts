import { kernel, UNSTARTED } from '../greenlet/kernel.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { type CancelScope, type Resource, rootScope, wasRaised } from '../hub/cancel-scope.ts';
import { type ErrorTaker, Greenlet, spawn } from '../hub/greenlet.ts';
import { helper } from '../hub/helper.ts';
import { ownerOf } from '../hub/owner.ts';
import { TakingSuspension } from '../hub/taking.ts';
import { type Waiter, type Waiting, WaitQueue } from '../hub/wait-queue.ts';
import { Deque } from '../sync/deque.ts';
import type { Group } from './group.ts';
import { type Source, type Steps, stepsOf, stop, take } from './steps.ts';

/** What became of an item. */
export type Result<R> =
  | { readonly index: number; readonly ok: true; readonly value: R }
  | { readonly index: number; readonly ok: false; readonly error: unknown };

/** There are no more results. */
export const END: unique symbol = Symbol('end');

/**
 * Calls a function with each item of a source in members of a group, and hands on what becomes of them. It reads the
 * source only as far as `window` items ahead of who takes the results:
 *
 *     source ─reader─▶ tasks (members at work) ─▶ line of results ─▶ steps that wait
 *        ▲                                                              │
 *        └──────────────── one is taken, so one more may be read ◀──────┘
 *
 * The reader is a greenlet that is there only while something may be read, so that a mapping nobody goes on with leaves
 * no greenlet behind.
 */
export class Mapping<T, R> {
  private readonly group: Group;
  private readonly fn: (item: T) => unknown;
  private readonly steps: Steps<T>;
  private readonly ordered: boolean;
  private readonly window: number;
  /** Under way. */
  private readonly tasks = new Set<Task<T, R>>();
  /** Unordered: those that are done. Ordered: all that were begun and not given, done or not. */
  private readonly line = new Deque<Task<T, R>>();
  private readonly waiters = new WaitQueue<MapStep<T, R, unknown>>();
  private readonly consumers = new Set<Consumer>();
  private lastConsumer: RawGreenlet | null = null;
  /** Main takes results, too, and is never killed. */
  private isMainConsumer = false;
  private begun = 0;
  private given = 0;
  /** How many `forEach()` and `for await` go through it. */
  private cursors = 0;
  private reader: Greenlet | null = null;
  private sourceEnded = false;
  private closed = false;
  private abandoned = false;

  constructor(group: Group, fn: (item: T) => unknown, items: Source<T>, ordered: boolean, window: number) {
    this.group = group;
    this.fn = fn;
    this.steps = stepsOf(items);
    this.ordered = ordered;
    this.window = window;
  }

  /** What comes next, END, or undefined where that is not known yet. */
  take(): Result<R> | typeof END | undefined {
    this.read();
    if (this.closed) return END;
    const result = this.line.size === 0 ? null : this.line.first().result;
    if (result !== null) {
      this.line.take();
      this.given += 1;
      this.read();
      return result;
    }
    if (!this.sourceEnded || this.given < this.begun) return undefined;
    this.finish();
    return END;
  }

  enqueue(step: MapStep<T, R, unknown>): void {
    this.waiters.push(step);
  }

  /** Somebody goes through it from now on. */
  enter(): void {
    this.cursors += 1;
  }

  /** Somebody goes through it no more; it goes on all the same. */
  exit(): void {
    this.cursors -= 1;
  }

  /** Notes who takes results by `next()`: when all of them have been killed, nobody is left to take the others. */
  addConsumer(greenlet: RawGreenlet): void {
    if (greenlet === this.lastConsumer || this.closed) return;
    this.lastConsumer = greenlet;
    if (!(greenlet instanceof Greenlet)) {
      this.isMainConsumer = true;
      return;
    }
    for (const consumer of this.consumers) {
      if (consumer.greenlet === greenlet) return;
      if (consumer.greenlet.dead) this.consumers.delete(consumer);
    }
    const consumer = new Consumer(greenlet, () => {
      this.consumers.delete(consumer);
      this.closeUnlessConsumed();
      this.abandoned = this.closed;
    });
    this.consumers.add(consumer);
    rootScope(greenlet).addResource(consumer);
  }

  /** Ends it early: kills what is under way, and gives that. */
  close(): Greenlet[] {
    if (this.closed) return [];
    const { reader } = this;
    const killed = [...this.tasks].map((task) => task.greenlet);
    this.finish();
    if (reader?.active === true && reader.state !== UNSTARTED) reader.kill();
    else {
      reader?.kill();
      this.stopSource();
    }
    for (const greenlet of killed) greenlet.kill();
    // Those that are killed themselves, and leave in a moment, are not to take this for the end of the source.
    const ended = [...this.waiters].filter((step) => !rootScope(step.consumer).cancelled);
    for (const step of ended) {
      this.waiters.remove(step);
      step.give(END);
    }
    return killed;
  }

  blockers(): Iterable<RawGreenlet> {
    return [...this.tasks].map((task) => task.greenlet);
  }

  describeWait(): string {
    const { fn, group, tasks } = this;
    return `a result of ${fn.name || 'a function'} mapped in ${group.name} (${tasks.size} at work)`;
  }

  /** True when it was closed by the kill of the last who took results. */
  get wasAbandoned(): boolean {
    return this.abandoned;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  taskEnded(task: Task<T, R>): void {
    this.tasks.delete(task);
    if (this.closed) return;
    if (!this.ordered) this.line.add(task);
    this.deliver();
  }

  /** Has a reader at work if there may be one. */
  private read(): void {
    if (this.reader === null && this.mayRead()) this.reader = spawn(readSource<T, R>, this);
  }

  private mayRead(): boolean {
    return (
      !this.closed &&
      !this.sourceEnded &&
      this.begun - this.given < this.window &&
      this.tasks.size < Math.max(1, this.group.width)
    );
  }

  *reading(): Coroutine<void> {
    try {
      while (this.mayRead()) {
        const step = yield* take(this.steps);
        if (step.done === true) {
          this.steps.finish?.();
          this.endOfSource();
        } else if (!this.closed) this.begin(step.value);
      }
    } catch (error) {
      if (this.closed) throw error;
      this.sourceFailed(error);
      return;
    } finally {
      this.reader = null;
    }
    if (this.closed) this.stopSource();
  }

  private begin(item: T): void {
    const task = new Task<T, R>(this, this.begun, this.group.spawn(this.fn, item));
    this.begun += 1;
    this.tasks.add(task);
    if (this.ordered) this.line.add(task);
    task.greenlet.watch(task);
  }

  private endOfSource(): void {
    this.sourceEnded = true;
    this.deliver();
  }

  /** The error has its place behind all items that were read. */
  private sourceFailed(error: unknown): void {
    const failed = new Task<T, R>(this, this.begun, kernel.current as Greenlet);
    failed.result = { index: this.begun, ok: false, error };
    this.begun += 1;
    this.line.add(failed);
    this.endOfSource();
  }

  private deliver(): void {
    while (this.waiters.first !== null) {
      const result = this.take();
      if (result === undefined) break;
      this.waiters.shift()?.give(result);
    }
    this.read();
  }

  private finish(): void {
    this.closed = true;
    for (const consumer of this.consumers) this.drop(consumer);
  }

  private drop(consumer: Consumer): void {
    consumer.scope?.removeResource(consumer);
    this.consumers.delete(consumer);
    if (this.lastConsumer === consumer.greenlet) this.lastConsumer = null;
  }

  /** Ends it when nobody is left who goes through it. */
  closeUnlessConsumed(): void {
    if (this.isMainConsumer || this.cursors > 0) return;
    if ([...this.consumers].every(({ greenlet }) => greenlet.dead)) this.close();
  }

  private stopSource(): void {
    if (!this.sourceEnded) spawn(stop, this.steps, undefined);
    this.sourceEnded = true;
  }
}

const readSource = helper(<T, R>(mapping: Mapping<T, R>): Coroutine<void> => mapping.reading());

/** An item at work, and then what became of it. */
class Task<T, R> implements ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly index: number;
  readonly greenlet: Greenlet;
  result: Result<R> | null = null;
  private readonly mapping: Mapping<T, R>;

  constructor(mapping: Mapping<T, R>, index: number, greenlet: Greenlet) {
    this.mapping = mapping;
    this.index = index;
    this.greenlet = greenlet;
  }

  /** What it throws is given in its place; but not what it throws while it cleans up, killed as nobody wants it. */
  get takesErrors(): boolean {
    return !this.mapping.isClosed || !wasRaised(this.greenlet);
  }

  notify(): void {
    const { index, greenlet } = this;
    this.result = greenlet.successful()
      ? { index, ok: true, value: greenlet.value as R }
      : { index, ok: false, error: greenlet.exception };
    this.mapping.taskEnded(this);
  }
}

/** A greenlet that takes results of a mapping. */
class Consumer implements Resource {
  scope: CancelScope | null = null;
  readonly greenlet: Greenlet;
  private readonly onKilled: () => void;

  constructor(greenlet: Greenlet, onKilled: () => void) {
    this.greenlet = greenlet;
    this.onKilled = onKilled;
  }

  release(): void {
    this.onKilled();
  }
}

/** Waits for the next result. */
export class MapStep<T, R, V> extends TakingSuspension<V> {
  private readonly mapping: Mapping<T, R>;
  private readonly present: (result: Result<R> | typeof END) => V;
  /** Whether who waits is noted by this; else a cursor is. */
  private readonly isNoted: boolean;

  constructor(mapping: Mapping<T, R>, present: (result: Result<R> | typeof END) => V, isNoted: boolean) {
    super(undefined);
    this.mapping = mapping;
    this.present = present;
    this.isNoted = isNoted;
  }

  describe(): string {
    return this.mapping.describeWait();
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.mapping.blockers();
  }

  give(result: Result<R> | typeof END): void {
    try {
      this.complete(this.present(result));
    } catch (error) {
      this.fail(error);
    }
  }

  /** On whose behalf it waits. */
  get consumer(): RawGreenlet {
    return ownerOf(this.greenlet ?? kernel.current);
  }

  protected tryNow(): boolean {
    if (this.isNoted) this.mapping.addConsumer(this.consumer);
    const result = this.mapping.take();
    if (result === undefined) return false;
    // Who was killed, which is why it has ended, is not to take this for the end of the source: the kill is raised.
    if (result === END && this.mapping.wasAbandoned && (this.greenlet ?? kernel.current).pending !== null) return false;
    this.value = this.present(result);
    return true;
  }

  protected enqueue(): void {
    this.mapping.enqueue(this as MapStep<T, R, unknown>);
  }

  /** It has no timeout of its own. */
  protected timedOut(): never {
    throw new Error('a step of a mapping has no timeout');
  }
}
