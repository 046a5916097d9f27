import { boundPromise } from './bound-promise.ts';

/** Node's, of callbacks or of promises. */
export interface Resolver {
  cancel(): void;
}

/** What a resolver is busy with. */
interface Queries {
  running: number;
  /** How many of them nobody waits for any more. */
  unwanted: number;
  /** Somebody who is no greenlet has asked it something, and may still wait for the answer. */
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

/** Ties a query to the greenlet that runs. A resolver can only cancel all its queries: it does when all are unwanted. */
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
