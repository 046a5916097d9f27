import type { Operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { AsyncResult } from '../../sync/async-result.ts';

/** Calls the work of a result off, and returns an operation that waits for its end. */
export type Killer = (options: TimeoutOption | undefined) => Operation<unknown>;

/** The result of a call that runs in a worker of a pool. */
export class PoolResult<T> extends AsyncResult<T> {
  private readonly killer: Killer;

  constructor(killer: Killer) {
    super();
    this.killer = killer;
  }

  /**
   * Calls the task off. One that waits for a worker never runs. One that runs is killed as a greenlet; if it does not end within
   * a second, its worker is replaced. Does nothing if the result is set.
   *
   * @param options `timeout` in milliseconds limits only the wait
   * @returns an operation that waits until the task is over; you need not wait for it
   */
  kill(options?: TimeoutOption): Operation<void> {
    return this.killer(checkedOptions(options, TIMEOUT, 'result.kill()')) as Operation<void>;
  }
}
