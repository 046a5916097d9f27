import type * as Undici from 'undici';
import { kernel } from '../greenlet/kernel.ts';
import type { BoundWork } from '../hub/cancellation/bound-work.ts';

import { discreet } from './discreet.ts';

import { FetchWork } from './fetch-work.ts';
import { type AnyFunction, actingInside } from './in-greenlets.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { named } from './named.ts';
import { carrierOf, nodesDispatcher } from './nodes-dispatcher.ts';
import { install } from './patches.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];

/** The readers of a body that wait for all of it. */
const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** On a response: the request that it is the answer to. (A weak map of all would burden every garbage collection.) */
const WORK = Symbol('greenhub.work');

/**
 * A response that nobody can read any more needs not be kept track of. Looking out for that is not cheap, so it is done
 * only in a greenlet that has let more than a few lie.
 */
const dropped = new FinalizationRegistry<BoundWork>((work) => work.unbind());
const FEW = 16;

/**
 * Makes `yield* fetch(url)` possible in greenlets, and the readers of the response's body. A greenlet that is killed or
 * timed out aborts its request, or the rest of the body, which frees the connection; so do several fetches of one
 * greenlet side by side in `Promise.all`. `init.signal` and `init.dispatcher` work as ever.
 *
 * It is the same fetch inside greenlets and outside: Node's own, or the program's replacement. Nothing
 * but `fetch` itself is replaced, and nothing is loaded before the first fetch. Where there is no `fetch`
 * (`--no-experimental-fetch`) there is nothing to patch.
 */
export function patchFetch(): void {
  install(patchFetch, (replace) => {
    const original = globalThis.fetch as Fetch | undefined;
    if (original === undefined) return;
    const isReplaced = !isNodesFetch(original);

    const start = (input: Input, init: Init, work: FetchWork): Promise<Response> => {
      // The original refuses wrong options. The dispatcher of a Request cannot be read, so we keep it.
      if (!isOptions(init)) return original(input, init);
      const sent = init?.body == null ? {} : { body: work.sending(init.body) };
      const agent = isReplaced || isRequest(input) ? undefined : dispatcherOf(init);
      if (agent === undefined)
        return original(input, withOptions(init, { signal: followed(input, init, work), ...sent }));
      // A body whose turn has not come is undici's to let go of, and it takes a signal for that.
      // undici leaves a listener on a signal of the program; we must not.
      const own = init?.body == null && init?.signal == null ? {} : { signal: followed(input, init, work) };
      return original(input, withOptions(init, { ...own, ...sent, dispatcher: work.over(agent) }));
    };
    const fetch = actingInside(original as AnyFunction, (_, __, [input, init]) =>
      boundFetch(start, input as Input, init as Init),
    );
    replace('globalThis', globalThis, 'fetch', { value: named(fetch, original), writable: true, enumerable: true });
  });
}

/** Node's own fetch is a function that loads the undici that it brings along. */
function isNodesFetch(fetch: Fetch): boolean {
  return /internal\/deps\/undici/.test(Function.prototype.toString.call(fetch));
}

function isOptions(init: unknown): boolean {
  return init === undefined || init === null || typeof init === 'object' || typeof init === 'function';
}

function isRequest(input: Input): boolean {
  // A string address needs no loading for this question.
  return typeof input === 'object' && !(input instanceof URL) && input instanceof globalThis.Request;
}

/** The dispatcher for the request; undefined for an invalid one, which the original refuses. */
function dispatcherOf(init: Init): Undici.Dispatcher | undefined {
  const { dispatcher = nodesDispatcher() } = (init ?? {}) as { dispatcher?: Undici.Dispatcher };
  return typeof dispatcher?.dispatch === 'function' ? carrierOf(dispatcher) : undefined;
}

/** The same options without some. A plain object is copied; any other object is read as fetch would read it. */
function withOptions(init: Init, others: object): RequestInit {
  if (init === undefined || init === null) return others;
  const prototype = Object.getPrototypeOf(init);
  if (prototype === Object.prototype || prototype === null) return { ...init, ...others };
  return new Proxy(init, {
    get: (target, key) => Reflect.get(Object.hasOwn(others, key) ? others : target, key),
    has: (target, key) => Object.hasOwn(others, key) || Reflect.has(target, key),
  });
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
  const answer = work.promise(begun, (response) => {
    if (!hasBody(response)) work.unbind();
    else {
      bindReaders(response, work);
      if (work.siblings > FEW) dropped.register(response, work);
    }
  });
  work.bindTo(kernel.current);
  return answer;
}

/** True if a part of the answer is still to come. A mock may give anything as an answer. */
function hasBody(response: Response | undefined): response is Response {
  return Object(response) === response && response?.body != null && Object.isExtensible(response);
}

const readersOf = new WeakMap<object, Map<string, PropertyDescriptor>>();

/** Has the rest of an answer belong to the greenlet that reads it, or, read outside, to none. */
function bindReaders(response: object, work: FetchWork): void {
  const prototype = Object.getPrototypeOf(response);
  let readers = readersOf.get(prototype);
  if (readers === undefined) {
    readers = boundReaders(prototype);
    readersOf.set(prototype, readers);
  }
  Object.defineProperty(response, WORK, { value: work, configurable: true });
  for (const [name, reader] of readers) {
    // Unless a mock has one of its own.
    if (!Object.hasOwn(response, name)) Object.defineProperty(response, name, reader);
  }
}

/** The readers of a kind of response. They find the request on the response. */
function boundReaders(prototype: object): Map<string, PropertyDescriptor> {
  const readers = new Map<string, PropertyDescriptor>();
  for (const name of READERS) {
    const read = Reflect.get(prototype, name);
    if (typeof read !== 'function') continue;
    const { reader } = {
      reader(this: object, ...args: unknown[]): Promise<unknown> {
        return bindBody(workOf(this), read.apply(this, args));
      },
    };
    readers.set(name, { value: named(reader, read), writable: true, configurable: true });
  }
  const body = {
    get(this: object): unknown {
      const work = workOf(this);
      if (insideGreenlet()) work?.bindTo(kernel.current);
      else work?.unbind();
      return Reflect.get(prototype, 'body', this);
    },
  };
  if ('body' in prototype) readers.set('body', { get: body.get, configurable: true });
  return readers;
}

function workOf(response: object): FetchWork | undefined {
  return (response as { [WORK]?: FetchWork })[WORK];
}

function bindBody(work: FetchWork | undefined, body: Promise<unknown>): Promise<unknown> {
  if (work === undefined) return body;
  work.unbind();
  if (!insideGreenlet() && !work.isStopped) return body;
  const bound = work.promise(body, () => work.unbind());
  if (insideGreenlet()) work.bindTo(kernel.current);
  return bound;
}
