import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { Acquirable } from './acquirable.ts';

/**
 * A counter of permits. `acquire()` takes one and waits if there is none; waiters are served in order. `release()` adds
 * one, and may exceed the initial number.
 *
 * @example
 * const connections = new Semaphore(10);
 * function* query(sql: string) {
 *   using _ = yield* connections.hold();
 *   return yield* client.query(sql);
 * }
 */
export class Semaphore extends Acquirable {
  private permits: number;

  /**
   * @param value the initial number of permits
   * @throws RangeError unless `value` is a whole number, at least 0
   */
  constructor(value = 1) {
    if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
      throw new RangeError(`a ${new.target.name} takes a whole number of permits, at least 0, not ${kindOf(value)}`);
    }
    super(new.target.name);
    this.permits = value;
  }

  /** How many permits are free. */
  get counter(): number {
    return this.permits;
  }

  /** True when no permit is free. */
  locked(): boolean {
    return this.permits === 0;
  }

  /** Adds a permit. It goes to the first waiter, if there is one. */
  release(): void {
    this.permits += 1;
    this.handOver();
  }

  protected holdText(): string {
    return `${this.permits} free`;
  }

  /** @internal */
  take(): void {
    this.permits -= 1;
  }

  /** @internal Permits are not tied to a holder. */
  holders(): readonly RawGreenlet[] {
    return [];
  }
}
