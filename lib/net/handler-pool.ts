import { Pool } from '../pool/pool.ts';

/** The pool for a server's `pool` option. Null without the option, because an unbounded pool would only add cost. */
export function handlerPool(pool: Pool | number | undefined): Pool | null {
  return typeof pool === 'number' ? new Pool(pool) : (pool ?? null);
}
