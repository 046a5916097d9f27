import type { TimeoutOption } from '../hub/checks/checks.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { Empty } from './errors.ts';
import type { Queue } from './queue.ts';

/** Waits for the next item of a queue. A getter takes the item, a peeker leaves it in place. */
export class Getter<T> extends Suspension<T> {
  readonly takes: boolean;
  private readonly source: Queue<T>;

  constructor(source: Queue<T>, takes: boolean, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.source = source;
    this.takes = takes;
  }

  /** @internal It takes an item. */
  override get mayHold(): true {
    return true;
  }

  override at(): object {
    return this.source;
  }

  describe(): string {
    return `an item of ${this.source.name}`;
  }

  give(item: T): void {
    this.complete(item);
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override tryNow(): boolean {
    const { source } = this;
    if (!source.canTake()) return false;
    this.value = this.takes ? source.takeFirst() : source.firstItem();
    return true;
  }

  protected override register(): void {
    this.source.enqueueGetter(this);
  }

  timedOut(timeout: number): T {
    throw new Empty(`${this.source.name} was empty for ${timeout} ms`);
  }
}

/** A `get()` of a queue that has an item. */
export class PromptGet<T> extends Prompt<T> {
  private readonly source: Queue<T>;

  constructor(source: Queue<T>) {
    super();
    this.source = source;
  }

  finishNow(): boolean {
    if (!this.source.canTake()) return false;
    this.value = this.source.takeFirst();
    return true;
  }

  protected patient(): Getter<T> {
    return new Getter<T>(this.source, true, undefined);
  }
}
