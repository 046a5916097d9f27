import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { noteClaim } from '../hub/tasks/end-waiters.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Group } from './group.ts';
import { Mapping, type Task } from './mapping.ts';
import type { Source } from './steps.ts';

/**
 * The mapping of `map()`: it collects all results by index. The last result, or the first failure, wakes the waiter.
 */
export class MappingOfAll<T, R> extends Mapping<T, R> {
  readonly results: R[];
  /** The earliest failure, and its task unless the source has failed. */
  private failure: { readonly error: unknown; readonly greenlet: Greenlet | null } | null;
  /** The tasks that have failed. Null once the waiter was cancelled: their errors are reported. */
  private failed: Greenlet[] | null;
  private waiter: AllResults<T, R> | null;
  private done: number;

  constructor(group: Group, fn: (item: T) => unknown, items: Source<T>) {
    super(group, fn, items);
    this.results = [];
    this.failure = null;
    this.failed = [];
    this.waiter = null;
    this.done = 0;
  }

  /** Begins the mapping. Wakes `waiter` at the end. */
  beginFor(waiter: AllResults<T, R>): void {
    this.waiter = waiter;
    this.read();
    this.deliver();
  }

  override takeError(greenlet: Greenlet): void {
    if (this.failed === null || greenlet.successful()) return;
    greenlet.claim();
    this.failed.push(greenlet);
  }

  /** The waiter has ended with `error`. Unless that is the failure, nobody has any of the failures. */
  waiterThrew(error: unknown): void {
    const { failed, failure } = this;
    if (failed === null || (failure !== null && failure.error === error)) return;
    this.failed = null;
    for (const greenlet of failed) greenlet.disclaim();
  }

  protected hasRoom(): boolean {
    return this.failure === null;
  }

  protected taskBegan(): void {}

  protected taskDone({ greenlet, index }: Task<T, R>): void {
    if (greenlet.successful()) {
      this.results[index] = greenlet.value as R;
      this.done += 1;
    } else this.failure ??= { error: greenlet.exception, greenlet };
  }

  protected sourceFailed(error: unknown): void {
    this.failure ??= { error, greenlet: null };
  }

  protected deliver(): void {
    if (this.failure !== null) this.waiter?.endWith(this.failure.error, this.failure.greenlet);
    else if (this.sourceEnded && this.done === this.begun) this.waiter?.end(this.results);
  }
}

/** Starts a mapping and waits for all of its results. */
export class AllResults<T, R> extends Suspension<R[]> {
  private readonly mapping: MappingOfAll<T, R>;

  constructor(mapping: MappingOfAll<T, R>) {
    super();
    this.mapping = mapping;
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

  end(results: R[]): void {
    this.complete(results);
  }

  /** @param failed the greenlet that has failed with the error */
  endWith(error: unknown, failed: Greenlet | null): void {
    noteClaim(this.greenlet, failed);
    this.fail(error);
  }

  protected override cancelled(error?: unknown): void {
    this.mapping.waiterThrew(error);
  }

  protected override register(): void {
    this.mapping.beginFor(this);
  }
}
