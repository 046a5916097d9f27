import type { Operation } from '../../greenlet/operation.ts';
import { type Known, shares } from '../shared/shared.ts';
import { decode } from '../travel/encode.ts';
import { asItIs, Managed } from './managed.ts';
import { checkedStep, type Stored, stored } from './stored.ts';
import { ValueService } from './value-service.ts';

/**
 * One value in the server of a Manager. Each method is one atomic operation there. What you get is a copy.
 *
 * @example
 * const count = manager.value(0);
 * yield* count.increment(); // 1
 */
export class ValueProxy<T = unknown> extends Managed {
  /** @internal A Manager makes it. */
  constructor(known: Known) {
    super('ManagerValue', known);
  }

  get(): Operation<T> {
    return this.read('get', [], (value: Stored) => decode(value) as T);
  }

  /** @throws TypeError if the value cannot be sent; then nothing has changed */
  set(value: T): Operation<void> {
    return this.change('set', () => [stored(value)], asItIs<void>);
  }

  /**
   * Adds to the value.
   *
   * @returns an operation that gives the sum
   * @throws TypeError if the value is no number
   */
  increment(by = 1): Operation<number> {
    checkedStep(by);
    return this.change('increment', () => [by], asItIs<number>);
  }
}

shares('ManagerValue', ValueProxy, (value: Stored) => new ValueService(value));
