import { numberOf } from './command.ts';

/** The option of commands that print many greenlets. */
export const LIMIT_OPTION = { limit: { type: 'string' } } as const;

/**
 * The largest number of greenlets to print.
 *
 * @throws UsageError if it is not a number, or below 1
 */
export function limitOf({ limit }: { limit?: string | undefined }, otherwise: number): number {
  return limit === undefined ? otherwise : Math.floor(numberOf('--limit', limit, 1));
}

/** For commands that print one or more lines for each greenlet. */
export const MOST_IN_TREE = 1_000;
