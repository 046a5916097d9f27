import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import type { Group } from './group.ts';
import { Mapping, type Task } from './mapping.ts';
import type { Source } from './steps.ts';

/**
 * The mapping of `map()`: it collects all results by index. The last result, or the first failure, wakes the waiter.
 */
export class MappingOfAll<T, R> extends Mapping<T, R> {
  readonly results: R[];
  private failure: { readonly error: unknown } | null;
  private waiter: AllResults<T, R> | null;
  private done: number;

  constructor(group: Group, fn: (item: T) => unknown, items: Source<T>) {
    super(group, fn, items);
    this.results = [];
    this.failure = null;
    this.waiter = null;
    this.done = 0;
  }

  /** Begins the mapping. Wakes `waiter` at the end. */
  beginFor(waiter: AllResults<T, R>): void {
    this.waiter = waiter;
    this.read();
    this.deliver();
  }

  protected hasRoom(): boolean {
    return this.failure === null;
  }

  protected taskBegan(): void {}

  protected taskDone({ greenlet, index }: Task<T, R>): void {
    if (greenlet.successful()) {
      this.results[index] = greenlet.value as R;
      this.done += 1;
    } else this.failure ??= { error: greenlet.exception };
  }

  protected sourceFailed(error: unknown): void {
    this.failure ??= { error };
  }

  protected deliver(): void {
    if (this.failure !== null) this.waiter?.endWith(this.failure.error);
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

  endWith(error: unknown): void {
    this.fail(error);
  }

  protected override register(): void {
    this.mapping.beginFor(this);
  }
}
