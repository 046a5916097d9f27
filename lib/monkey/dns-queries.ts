import { boundPromise } from './bound-promise.ts';

/** Node's resolver, with callbacks or promises. */
export interface Resolver {
  cancel(): void;
}

/** The running queries of a resolver. */
interface Queries {
  running: number;
  /** How many of them no greenlet waits for any more. */
  unwanted: number;
  /** True if code outside greenlets has used the resolver and may still wait for an answer. */
  shared: boolean;
}

const queriesOfAll = new WeakMap<Resolver, Queries>();

function queriesOf(resolver: Resolver): Queries {
  let queries = queriesOfAll.get(resolver);
  if (queries === undefined) {
    queries = { running: 0, unwanted: 0, shared: false };
    queriesOfAll.set(resolver, queries);
  }
  return queries;
}

/** Keeps a resolver from being cancelled, from now on. */
export function shareResolver(resolver: Resolver): void {
  queriesOf(resolver).shared = true;
}

/**
 * Binds a query to the running greenlet. A resolver can only cancel all its queries, so it does when all are unwanted.
 */
export function boundQuery(resolver: Resolver, answer: Promise<unknown>): Promise<unknown> {
  const queries = queriesOf(resolver);
  let isUnwanted = false;
  let isOver = false;
  const over = (): void => {
    isOver = true;
    queries.running -= 1;
    if (isUnwanted) queries.unwanted -= 1;
  };
  queries.running += 1;
  answer.then(over, over);
  return boundPromise(answer, () => {
    if (isOver) return;
    isUnwanted = true;
    queries.unwanted += 1;
    if (queries.unwanted === queries.running && !queries.shared) resolver.cancel();
  });
}
