import { Suspension } from './suspension.ts';

/** How many greenlets wait for something outside the hub. */
export const external = { waits: 0 };

/**
 * A suspension that something outside the hub ends: a promise, a callback. What it is ended with counts only for the
 * wait it was made for, so that a late answer to a cancelled wait cannot end a later one.
 */
export abstract class ExternalSuspension<T> extends Suspension<T> {
  private wait: object | null = null;

  protected override get isForOthers(): boolean {
    return true;
  }

  /** Begins the wait. What it throws is thrown at the waiter. */
  protected abstract begin(resolve: (value: T) => void, reject: (error: unknown) => void): void;

  protected park(): void {
    const wait = {};
    this.wait = wait;
    external.waits += 1;
    const settle = (end: () => void): void => {
      if (this.wait !== wait) return;
      this.over();
      end();
    };
    const reject = (error: unknown): void => settle(() => this.fail(error));
    try {
      this.begin((value) => settle(() => this.complete(value)), reject);
    } catch (error) {
      reject(error);
    }
  }

  override abort(): void {
    if (this.wait !== null) this.over();
  }

  protected override reset(): void {
    this.wait = null;
  }

  private over(): void {
    this.wait = null;
    external.waits -= 1;
  }
}
