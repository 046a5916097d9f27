import type { Coroutine } from '../greenlet/operation.ts';
import { hub } from '../hub/loop/hub.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Pool } from '../pool/pool.ts';
import { Job } from './job.ts';

/** A job that does work before and after its handler. */
export abstract class Service extends Job {
  /**
   * @param handler the greenlet is named after it
   * @param pool the pool that runs the greenlet, or null
   */
  constructor(handler: { readonly name: string }, pool: Pool | null) {
    const serve = (): Coroutine<void> => this.serve();
    super(hub.gather(() => (pool === null ? spawn(serve) : pool.spawn(serve)) as Greenlet));
    this.greenlet.name = `${handler.name || 'handler'}-${this.greenlet.id}`;
  }

  protected abstract serve(): Coroutine<void>;
}
