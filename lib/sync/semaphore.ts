import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Acquirable } from './acquirable.ts';

/**
 * A number of permits. `acquire()` takes one, waiting in line for it; `release()` adds one, and may go past the start.
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
   * @param value how many permits there are at the start
   * @throws RangeError unless it is a whole number, 0 or more
   */
  constructor(value = 1) {
    if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
      throw new RangeError(`a ${new.target.name} starts with a whole number of permits, 0 or more, not ${value}`);
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

  /** Adds a permit, which goes to the first who waits. */
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

  /** @internal Permits belong to nobody in particular. */
  holders(): readonly RawGreenlet[] {
    return [];
  }
}
