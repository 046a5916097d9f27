import type * as Undici from 'undici';
import { kernel } from '../greenlet/kernel.ts';

import { bindBody } from './bound-body.ts';
import { discreet } from './discreet.ts';

import { FetchWork } from './fetch-work.ts';
import { installInNode } from './install-in-node.ts';
import { likeOriginal } from './like-original.ts';
import { carrierOf, nodesDispatcher } from './nodes-dispatcher.ts';
import { type AnyFunction, actingInside } from './patch-function.ts';
import { referrerOf } from './referrer.ts';
import { withOptions } from './with-options.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];

/**
 * Patches `fetch`, so that greenlets can use `yield* fetch(url)` and `yield*` with the methods that read the body. If
 * the greenlet is killed or times out, its requests or the rest of their bodies are aborted, which frees the
 * connections. This includes several fetches of one greenlet in `Promise.all`. `init.signal` and `init.dispatcher` work
 * as before.
 *
 * Greenlets use the same fetch as other code: Node's own, or the program's replacement. Only `fetch` itself is
 * replaced, and nothing is loaded before the first fetch. Without `fetch` (`--no-experimental-fetch`), this does
 * nothing.
 */
export function patchFetch(): void {
  installInNode(patchFetch, (replace) => {
    const original = globalThis.fetch as Fetch | undefined;
    if (original === undefined) return;
    const isReplaced = !isNodesFetch(original);

    const start = (input: Input, init: Init, work: FetchWork): Promise<Response> => {
      // The original refuses wrong options. The dispatcher of a Request cannot be read, so we keep it.
      if (!isOptions(init)) return original(input, init);
      const sent = init?.body == null ? {} : { body: work.sending(init.body) };
      const agent = isReplaced || isRequest(input) ? undefined : dispatcherOf(init);
      if (agent === undefined)
        return original(
          input,
          withOptions(init, { signal: followed(input, init, work), ...referrerOf(input, init), ...sent }),
        );
      // undici releases a body that it has not begun to send only for a signal.
      // undici leaves a listener on a signal of the program; we must not.
      const own = init?.body == null && init?.signal == null ? {} : { signal: followed(input, init, work) };
      return original(input, withOptions(init, { ...own, ...sent, dispatcher: work.over(agent) }));
    };
    const fetch = actingInside(original as AnyFunction, (_, __, [input, init]) =>
      boundFetch(start, input as Input, init as Init),
    );
    replace('globalThis', globalThis, 'fetch', {
      value: likeOriginal(fetch, original),
      writable: true,
      enumerable: true,
    });
  });
}

/** Node's own fetch is a function that loads Node's copy of undici. */
function isNodesFetch(fetch: Fetch): boolean {
  return /internal\/deps\/undici/.test(Function.prototype.toString.call(fetch));
}

function isOptions(init: unknown): boolean {
  return init === undefined || init === null || typeof init === 'object' || typeof init === 'function';
}

function isRequest(input: Input): boolean {
  // Test for strings and URLs first: accessing `Request` would load undici.
  return typeof input === 'object' && !(input instanceof URL) && input instanceof globalThis.Request;
}

/** The dispatcher for the request; undefined for an invalid one, which the original refuses. */
function dispatcherOf(init: Init): Undici.Dispatcher | undefined {
  const { dispatcher = nodesDispatcher() } = (init ?? {}) as { dispatcher?: Undici.Dispatcher };
  return typeof dispatcher?.dispatch === 'function' ? carrierOf(dispatcher) : undefined;
}

/** A signal that aborts when the work ends, or when the program's own signal aborts. */
function followed(input: Input, init: Init, work: FetchWork): AbortSignal {
  const own = init?.signal === undefined && input instanceof Object && 'signal' in input ? input.signal : init?.signal;
  return work.signal(own);
}

function boundFetch(
  start: (input: Input, init: Init, work: FetchWork) => Promise<Response>,
  input: Input,
  init: Init,
): Promise<Response> {
  const work = new FetchWork();
  const begun = discreet(input, start(input, init, work));
  work.endUploadWith(begun);
  const answer = work.promise(begun, (response) => bindBody(response, work));
  work.bindTo(kernel.current);
  return answer;
}
