import type { TimeoutOption } from '../hub/checks/checks.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { Full } from './errors.ts';
import type { Queue } from './queue.ts';

/** Waits for room in a queue, and puts its item there. */
export class Putter<T> extends Suspension<void> {
  readonly item: T;
  private readonly target: Queue<T>;

  constructor(target: Queue<T>, item: T, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.target = target;
    this.item = item;
  }

  /** @internal It takes the room. */
  override get mayHold(): true {
    return true;
  }

  override at(): object {
    return this.target;
  }

  describe(): string {
    return `room in ${this.target.name}`;
  }

  accept(): void {
    this.complete();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override tryNow(): boolean {
    return this.target.offer(this.item);
  }

  protected override register(): void {
    this.target.enqueuePutter(this);
  }

  timedOut(timeout: number): void {
    throw new Full(`${this.target.name} was full for ${timeout} ms`);
  }
}

/** A `put()` to a queue that has room. */
export class PromptPut<T> extends Prompt<void> {
  private readonly item: T;
  private readonly target: Queue<T>;

  constructor(target: Queue<T>, item: T) {
    super();
    this.target = target;
    this.item = item;
  }

  finishNow(): boolean {
    return this.target.offer(this.item);
  }

  protected patient(): Putter<T> {
    return new Putter<T>(this.target, this.item, undefined);
  }
}
