import { Suspension } from './suspension.ts';

/**
 * A suspension that something outside the hub ends: a promise, a callback. What it is ended with counts only for the
 * wait it was made for, so that a late answer to a cancelled wait cannot end a later one.
 */
export abstract class ExternalSuspension<T> extends Suspension<T> {
  private wait: object | null = null;

  /** Begins the wait. What it throws is thrown at the waiter. */
  protected abstract begin(resolve: (value: T) => void, reject: (error: unknown) => void): void;

  protected park(): void {
    const wait = {};
    this.wait = wait;
    const settle = (end: () => void): void => {
      if (this.wait !== wait) return;
      this.wait = null;
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
    this.wait = null;
  }

  protected override reset(): void {
    this.wait = null;
  }
}
