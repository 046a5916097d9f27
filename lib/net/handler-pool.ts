import { kindOf } from '../hub/checks/kind-of.ts';
import { Pool } from '../pool/pool.ts';

/**
 * The pool for a server's `pool` option. Null without the option, because an unbounded pool would only add cost.
 *
 * @throws TypeError for other values, which would fail with the first connection
 */
export function handlerPool(pool: Pool | number | undefined): Pool | null {
  if (typeof pool === 'number') return new Pool(pool);
  if (pool === undefined || pool === null || pool instanceof Pool) return pool ?? null;
  throw new TypeError(`the pool of a server must be a number of handlers or a Pool of greenhub, not ${kindOf(pool)}`);
}
