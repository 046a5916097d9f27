import type { Effect } from './vocabulary.ts';

/**
 * What an expression makes that somebody has to run.
 *
 * - `operation`: one of greenhub's
 * - `coroutine`: a generator that waits for operations
 * - `generator`: one of which that is not known. It may be made to be iterated
 * - `promise`: it goes on by itself, but has no items to iterate over
 *
 * `optional` says that it may be undefined instead.
 */
export type Made =
  | { readonly kind: 'operation'; readonly effect: Effect; readonly optional?: boolean }
  | { readonly kind: 'coroutine' | 'generator' | 'promise'; readonly optional?: boolean };
