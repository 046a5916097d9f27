import type { Effect } from './vocabulary.ts';

/**
 * The value of an expression that must be run or awaited.
 *
 * - `operation`: an operation of greenhub
 * - `coroutine`: a generator that waits for operations
 * - `generator`: any other generator, which the program may want to iterate over
 * - `promise`: runs by itself, but has no items to iterate over
 *
 * With `optional`, the value may be undefined instead.
 */
export type Made =
  | { readonly kind: 'operation'; readonly effect: Effect; readonly optional?: boolean }
  | { readonly kind: 'coroutine' | 'generator' | 'promise'; readonly optional?: boolean };
