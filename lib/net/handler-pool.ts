import { Pool } from '../pool/pool.ts';

/** The pool that a server's `pool` option stands for; null where none is asked for, as one without bound would cost and give nothing. */
export function handlerPool(pool: Pool | number | undefined): Pool | null {
  return typeof pool === 'number' ? new Pool(pool) : (pool ?? null);
}
