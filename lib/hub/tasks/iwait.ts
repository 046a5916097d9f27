import type { Operation } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { checkedCount, checkedTimeout, type TimeoutOption } from '../checks/checks.ts';
import { checkedOptions } from '../checks/options.ts';
import { hub } from '../loop/hub.ts';
import { WaitQueue } from '../loop/wait-queue.ts';
import { deadlineOf } from '../parking/deadline.ts';
import { checkedItems } from '../parking/items.ts';
import { Suspension } from '../parking/suspension.ts';
import { standInLine } from '../parking/taking.ts';
import { Iteration } from './iteration.ts';
import { type AnyWaitable, areAnyReady, ReadyOrder } from './ready-order.ts';
import { handedOver, WAIT_OPTIONS, WAITABLES, type WaitOptions } from './wait-for.ts';

/**
 * Iterates over objects in the order in which they become ready.
 *
 * @param waitables as for `wait()`
 * @param options `timeout`: the iteration ends this many milliseconds after its first step; `count`: it ends after this many
 *   objects
 *
 * @example
 * yield* forEach(iwait(jobs), function* (job) { console.log(job.name, job.value); });
 */
export function iwait<W extends AnyWaitable>(waitables: Iterable<W>, options?: WaitOptions): Iteration<W> {
  const list = checkedItems(waitables, 'iwait()', WAITABLES);
  handedOver(list, 'iwait()');
  checkedOptions(options, WAIT_OPTIONS, 'iwait()');
  const timeout = checkedTimeout(options);
  const enough = Math.min(checkedCount(options?.count), list.length);
  const source = new ReadySource(list, enough, timeout);
  return new Iteration(
    () => source.step(),
    () => source.close(),
    null,
    `iwait() of ${list.length}`,
  );
}

/** The state that the steps of one `iwait()` share. */
class ReadySource<W extends AnyWaitable> {
  private readonly waitables: readonly W[];
  private readonly enough: number;
  private readonly timeout: number;
  private order: ReadyOrder<W> | null = null;
  private endsAt = Infinity;
  private given = 0;
  private readonly steps = new WaitQueue<ReadyStep<W>>();

  constructor(waitables: readonly W[], enough: number, timeout: number) {
    this.waitables = waitables;
    this.enough = enough;
    this.timeout = timeout;
  }

  step(): Operation<IteratorResult<W, undefined>> {
    return new ReadyStep(this, { timeout: Math.max(0, Math.min(this.timeout, this.endsAt - hub.now())) });
  }

  /** Takes the next ready object, or the end of the iteration. Returns undefined if the step must wait. */
  take(): IteratorResult<W, undefined> | undefined {
    if (this.given >= this.enough) return { done: true, value: undefined };
    // Only a step that waits starts the operations, so that a cancelled greenlet starts none.
    if (this.order === null && !areAnyReady(this.waitables)) return undefined;
    const waitable = this.begun().ready[this.given];
    if (waitable === undefined) return undefined;
    this.given += 1;
    if (this.given >= this.enough) this.close();
    return { done: false, value: waitable };
  }

  enqueue(step: ReadyStep<W>): void {
    this.begun();
    standInLine(step, this.steps);
  }

  /** Ends the iteration. Steps that wait end too. */
  close(): void {
    this.given = this.enough;
    this.order?.close();
    for (let step = this.steps.shift(); step !== null; step = this.steps.shift()) step.notify();
  }

  outstanding(): Iterable<W> {
    return this.order === null ? this.waitables : this.order.outstanding();
  }

  private begun(): ReadyOrder<W> {
    if (this.order === null) {
      this.endsAt = hub.now() + this.timeout;
      this.order = new ReadyOrder(this.waitables, false, () => this.steps.shift()?.notify());
    }
    return this.order;
  }
}

class ReadyStep<W extends AnyWaitable> extends Suspension<IteratorResult<W, undefined>> {
  private readonly source: ReadySource<W>;

  constructor(source: ReadySource<W>, options: TimeoutOption) {
    super();
    this.deadline = deadlineOf(this, options);
    this.source = source;
  }

  /** @internal It takes a step of the iteration. */
  override get mayHold(): true {
    return true;
  }

  describe(): string {
    return 'the next of several to be ready';
  }

  override *blockers(): Generator<RawGreenlet, void, unknown> {
    for (const waitable of this.source.outstanding()) if (waitable instanceof RawGreenlet) yield waitable;
  }

  /** Called when one more object is ready, or the iteration has ended. */
  override notify(): void {
    this.complete(this.source.take() as IteratorResult<W, undefined>);
  }

  protected override tryNow(): boolean {
    const result = this.source.take();
    if (result === undefined) return false;
    this.value = result;
    return true;
  }

  protected override register(): void {
    this.source.enqueue(this);
  }

  timedOut(): IteratorResult<W, undefined> {
    this.source.close();
    return { done: true, value: undefined };
  }
}
