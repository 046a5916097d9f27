import type { TimeoutOption } from '../hub/checks/checks.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { TakingSuspension } from '../hub/parking/taking.ts';
import { Empty } from './errors.ts';
import type { Queue } from './queue.ts';

/** Waits for the next item of a queue. A getter takes the item, a peeker leaves it in place. */
export class Getter<T> extends TakingSuspension<T> {
  readonly takes: boolean;
  private readonly source: Queue<T>;

  constructor(source: Queue<T>, takes: boolean, options: TimeoutOption | undefined) {
    super(options);
    this.source = source;
    this.takes = takes;
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

  protected tryNow(): boolean {
    const { source } = this;
    if (!source.canTake()) return false;
    this.value = this.takes ? source.takeFirst() : source.firstItem();
    return true;
  }

  protected enqueue(): void {
    this.source.enqueueGetter(this);
  }

  protected timedOut(timeout: number): T {
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
