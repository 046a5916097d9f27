import type { Effect } from './vocabulary.ts';

/**
 * What an expression makes that somebody has to run.
 *
 * - `operation`: an operation of greenhub
 * - `coroutine`: a generator that waits for operations
 * - `generator`: any other generator. The program may want to iterate over it
 * - `promise`: runs by itself, but has no items to iterate over
 *
 * `optional` says that it may be undefined instead.
 */
export type Made =
  | { readonly kind: 'operation'; readonly effect: Effect; readonly optional?: boolean }
  | { readonly kind: 'coroutine' | 'generator' | 'promise'; readonly optional?: boolean };
