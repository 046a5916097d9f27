import type { Coroutine } from '../greenlet/operation.ts';
import { getHub } from '../hub/loop/hub.ts';
import { type Greenlet, spawn } from '../hub/tasks/greenlet.ts';
import type { Pool } from '../pool/pool.ts';
import { Job } from './job.ts';

/** A job whose handler needs something done before and after it. */
export abstract class Service extends Job {
  /**
   * @param handler what the greenlet is named after
   * @param pool what the greenlet runs in; in none unless given
   */
  constructor(handler: { readonly name: string }, pool: Pool | null) {
    const serve = (): Coroutine<void> => this.serve();
    super(getHub().gather(() => (pool === null ? spawn(serve) : pool.spawn(serve)) as Greenlet));
    this.greenlet.name = `${handler.name || 'handler'}-${this.greenlet.id}`;
  }

  protected abstract serve(): Coroutine<void>;
}
