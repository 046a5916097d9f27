import { external } from '../loop/external-waits.ts';
import { Suspension } from './suspension.ts';

/** One wait for something outside the hub. `suspension` is null once the wait is over. */
interface Wait<T> {
  suspension: ExternalSuspension<T> | null;
}

/**
 * A suspension that is ended from outside the hub, by a promise or a callback. Each wait has callbacks of its own, so a late
 * answer to a cancelled wait cannot end a later wait.
 */
export abstract class ExternalSuspension<T> extends Suspension<T> {
  private wait: Wait<T> | null = null;

  protected override get isForOthers(): boolean {
    return true;
  }

  /** Begins the wait. If it throws, the waiter gets the error. */
  protected abstract begin(resolve: (value: T) => void, reject: (error: unknown) => void): void;

  protected override register(): void {
    const wait: Wait<T> = { suspension: this };
    this.wait = wait;
    external.waits += 1;
    const [resolve, reject] = callbacksOf(wait);
    try {
      this.begin(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  protected override unregister(): void {
    if (this.wait !== null) this.over();
  }

  protected override reset(): void {
    this.wait = null;
  }

  /** @internal */
  settle(isFailure: boolean, result: unknown): void {
    this.over();
    if (isFailure) this.fail(result);
    else this.complete(result as T);
  }

  private over(): void {
    if (this.wait !== null) this.wait.suspension = null;
    this.wait = null;
    external.waits -= 1;
  }
}

/** The callbacks of a wait. They refer to nothing else, so they keep nothing once the wait is over. */
function callbacksOf<T>(wait: Wait<T>): [(value: T) => void, (error: unknown) => void] {
  return [(value) => wait.suspension?.settle(false, value), (error) => wait.suspension?.settle(true, error)];
}
