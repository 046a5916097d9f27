import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import {
  addResource,
  type CancelScope,
  type Resource,
  removeResource,
  rootScope,
} from '../hub/cancellation/cancel-scope.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { standInLine } from '../hub/parking/taking.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { Deque } from '../sync/deque.ts';
import type { Group } from './group.ts';
import { Mapping, type Place, type Result, type Task } from './mapping.ts';
import type { Source } from './steps.ts';

/** Stands for the end of the results. */
export const END: unique symbol = Symbol('end');

const FEW_CONSUMERS = 16;

/**
 * The mapping of `imap()` and `imapUnordered()`, which gives results one by one. It reads the source at most `window`
 * items ahead of the consumers:
 *
 *     source ─▶ tasks (members at work) ─▶ line of results ─▶ steps that wait
 *        ▲                                                      │
 *        └──────── a result is taken: one more item may be read ┘
 */
export class WindowedMapping<T, R> extends Mapping<T, R> {
  private readonly ordered: boolean;
  private readonly window: number;
  /** Unordered: the available results. Ordered: a place for each item that was begun and not given, finished or not. */
  private readonly line: Deque<Place<R>>;
  private readonly waiters: WaitQueue<MapStep<T, R, unknown>>;
  private readonly consumers: Map<RawGreenlet, Consumer>;
  /** At this size the ended consumers are removed. */
  private mostConsumers: number;
  private lastConsumer: RawGreenlet | null;
  /** True if main takes results as well. Main is never killed. */
  private isMainConsumer: boolean;
  private given: number;
  /** The number of `forEach()` and `for await` loops over it. */
  private cursors: number;
  private abandoned: boolean;

  constructor(group: Group, fn: (item: T) => unknown, items: Source<T>, ordered: boolean, window: number) {
    super(group, fn, items);
    this.ordered = ordered;
    this.window = window;
    this.line = new Deque();
    this.waiters = new WaitQueue();
    this.consumers = new Map();
    this.mostConsumers = FEW_CONSUMERS;
    this.lastConsumer = null;
    this.isMainConsumer = false;
    this.given = 0;
    this.cursors = 0;
    this.abandoned = false;
  }

  /** Takes the next result. Returns END at the end, and undefined if the next result is not available yet. */
  take(): Result<R> | typeof END | undefined {
    this.read();
    if (this.closed) return END;
    const result = this.line.size === 0 ? null : this.line.first().result;
    if (result !== null) return this.takeFirst(result);
    if (!this.sourceEnded || this.given < this.begun) return undefined;
    this.finish();
    return END;
  }

  /** Takes the first result of the line, which is known. */
  protected takeFirst(result: Result<R>): Result<R> {
    this.line.take();
    this.given += 1;
    this.read();
    return result;
  }

  enqueue(step: MapStep<T, R, unknown>): void {
    standInLine(step, this.waiters);
  }

  /** Called when a loop over it begins. */
  enter(): void {
    this.cursors += 1;
  }

  /** Called when a loop over it pauses or ends. The mapping continues. */
  exit(): void {
    this.cursors -= 1;
  }

  /** Records a consumer that calls `next()`. When all consumers have been killed, the mapping is closed. */
  addConsumer(greenlet: RawGreenlet): void {
    if (greenlet === this.lastConsumer || this.closed) return;
    this.lastConsumer = greenlet;
    if (!(greenlet instanceof Greenlet)) {
      this.isMainConsumer = true;
      return;
    }
    if (this.consumers.has(greenlet)) return;
    if (this.consumers.size >= this.mostConsumers) this.forgetEnded();
    const consumer = new Consumer(greenlet, () => {
      this.consumers.delete(greenlet);
      this.closeUnlessConsumed();
      this.abandoned = this.closed;
    });
    this.consumers.set(greenlet, consumer);
    addResource(rootScope(greenlet), consumer);
  }

  override close(): Greenlet[] {
    if (this.closed) return [];
    const killed = super.close();
    // Skip consumers that were killed themselves and are about to leave: for them this is not the end of the source.
    const ended = [...this.waiters].filter((step) => !rootScope(step.consumer).cancelled);
    for (const step of ended) {
      this.waiters.remove(step);
      step.give(END);
    }
    return killed;
  }

  /** Closes it if no consumer is left. */
  closeUnlessConsumed(): void {
    if (this.isMainConsumer || this.cursors > 0) return;
    for (const greenlet of this.consumers.keys()) if (!greenlet.dead) return;
    this.close();
  }

  /** True if the kill of its last consumer has closed it. */
  get wasAbandoned(): boolean {
    return this.abandoned;
  }

  protected hasRoom(): boolean {
    return this.begun - this.given < this.window;
  }

  protected taskBegan(task: Task<T, R>): void {
    if (this.ordered) this.line.add(task);
  }

  protected taskDone(task: Task<T, R>): void {
    const { greenlet } = task;
    task.result = greenlet.successful()
      ? { ok: true, value: greenlet.value as R }
      : { ok: false, error: greenlet.exception };
    if (!this.ordered) this.line.add(task);
  }

  /** The error comes after all items that were read. */
  protected sourceFailed(error: unknown): void {
    this.begun += 1;
    this.line.add({ result: { ok: false, error } });
  }

  protected override finish(): void {
    super.finish();
    for (const consumer of this.consumers.values()) this.drop(consumer);
  }

  protected deliver(): void {
    while (this.waiters.head() !== null) {
      const result = this.take();
      if (result === undefined) break;
      this.waiters.shift()?.give(result);
    }
  }

  /** Removes ended consumers. The limit then doubles, so that each consumer is visited only a few times. */
  private forgetEnded(): void {
    for (const greenlet of this.consumers.keys()) if (greenlet.dead) this.consumers.delete(greenlet);
    this.mostConsumers = Math.max(FEW_CONSUMERS, 2 * this.consumers.size);
  }

  private drop(consumer: Consumer): void {
    removeResource(consumer);
    this.consumers.delete(consumer.greenlet);
    if (this.lastConsumer === consumer.greenlet) this.lastConsumer = null;
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
export class MapStep<T, R, V> extends Suspension<V> {
  private readonly mapping: WindowedMapping<T, R>;
  private readonly present: (result: Result<R> | typeof END) => V;
  /** Whether this step records its consumer. A step of a loop does not: its cursor is counted instead. */
  private readonly isNoted: boolean;

  constructor(mapping: WindowedMapping<T, R>, present: (result: Result<R> | typeof END) => V, isNoted: boolean) {
    super();
    this.mapping = mapping;
    this.present = present;
    this.isNoted = isNoted;
  }

  /** @internal It takes a result. */
  override get mayHold(): true {
    return true;
  }

  describe(): string {
    return this.mapping.describeWait();
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.mapping.blockers();
  }

  protected override get isForOthers(): boolean {
    return true;
  }

  give(result: Result<R> | typeof END): void {
    try {
      this.complete(this.present(result));
    } catch (error) {
      this.fail(error);
    }
  }

  /** The greenlet it waits for. */
  get consumer(): RawGreenlet {
    return ownerOf(this.greenlet ?? kernel.current);
  }

  protected override tryNow(): boolean {
    if (this.isNoted) this.mapping.addConsumer(this.consumer);
    const result = this.mapping.take();
    if (result === undefined) return false;
    // If the kill of this consumer has closed the mapping, raise the kill rather than give the end of the source.
    if (result === END && this.mapping.wasAbandoned && (this.greenlet ?? kernel.current).pending !== null) return false;
    try {
      this.value = this.present(result);
    } catch (error) {
      throw passedOn(error);
    }
    return true;
  }

  protected override register(): void {
    this.mapping.enqueue(this as MapStep<T, R, unknown>);
  }
}
