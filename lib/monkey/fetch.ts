import { createRequire } from 'node:module';
import type * as Undici from 'undici';
import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from './bound.ts';
import { frugalAgent, isDefaultDispatcher } from './dispatcher.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { install } from './patches.ts';

type Fetch = typeof globalThis.fetch;

/** The readers of a body that wait for all of it. */
const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** Responses whose body has not been read, and the request each one is the answer to. */
const unread = new WeakMap<object, BoundWork>();

/** A response that nobody can read any more needs not be kept track of. */
const dropped = new FinalizationRegistry<BoundWork>((work) => work.unbind());

/**
 * Makes `yield* fetch(url)` possible in greenlets, through undici, and the readers of the response's body. A greenlet
 * that is killed or timed out aborts its request, or the rest of the body, which frees the connection; so do
 * several fetches of one greenlet side by side in `Promise.all`. `init.signal` and `init.dispatcher` work as ever.
 *
 * Outside greenlets `fetch` is Node's own, untouched.
 */
export function patchFetch(): void {
  install('fetch', (replace) => {
    const original = globalThis.fetch;
    // Node's own fetch sets itself up at the first look at one of its classes. It must come first, or undici, when
    // loaded, would put its dispatcher under the fetch of code that is not in a greenlet.
    const OwnResponse = globalThis.Response;
    const undici: typeof Undici = createRequire(import.meta.url)('undici');
    const agent = frugalAgent(undici);
    // A dispatcher that the program has set is used; ours stands in for Node's default only.
    const dispatcher = (): Undici.Dispatcher | undefined => (isDefaultDispatcher() ? agent : undefined);

    const fetch = (input: Parameters<Fetch>[0], init?: Parameters<Fetch>[1]): ReturnType<Fetch> =>
      insideGreenlet() ? boundFetch(undici, dispatcher(), input, init) : original(input, init);
    replace('globalThis', globalThis, 'fetch', { value: named(fetch, original), writable: true, enumerable: true });

    const prototype = undici.Response.prototype as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const name of READERS) {
      const read = prototype[name];
      if (read === undefined) continue;
      const reader = function (this: object, ...args: unknown[]): Promise<unknown> {
        const work = unread.get(this);
        const promise = read.apply(this, args);
        return work === undefined ? promise : bindBody(work, promise);
      };
      replace('undici', prototype, name, { value: named(reader, read), writable: true, enumerable: true });
    }

    // The responses are undici's; `response instanceof Response` holds for them all the same.
    const isInstance = Function.prototype[Symbol.hasInstance];
    replace('globalThis', OwnResponse, Symbol.hasInstance, {
      value(this: unknown, value: unknown): boolean {
        return (
          isInstance.call(this as typeof Function, value) || (this === OwnResponse && value instanceof undici.Response)
        );
      },
    });
  });
}

function boundFetch(
  undici: typeof Undici,
  dispatcher: Undici.Dispatcher | undefined,
  input: Parameters<Fetch>[0],
  init: Parameters<Fetch>[1],
): ReturnType<Fetch> {
  const work = new BoundWork();
  const request = isForeignRequest(undici, input) ? convertRequest(undici, input) : (input as Undici.RequestInfo);
  const own = init?.signal === undefined && input instanceof Object && 'signal' in input ? input.signal : init?.signal;
  const options = { dispatcher, ...init, signal: work.signal(own) } as Undici.RequestInit;
  if (init?.body instanceof globalThis.FormData) options.body = convertForm(undici, init.body);
  const answer = undici.fetch(request, options) as unknown as ReturnType<Fetch>;
  const bound = work.promise(answer, (response) => {
    if (response === undefined || response.body === null) work.unbind();
    else {
      unread.set(response, work);
      dropped.register(response, work);
    }
  });
  work.bindTo(kernel.current);
  return bound;
}

/** The rest of the answer belongs to the greenlet that reads it, or, read outside, to none. */
function bindBody<T>(work: BoundWork, body: Promise<T>): Promise<T> {
  work.unbind();
  if (!insideGreenlet()) return body;
  const bound = work.promise(body, () => work.unbind());
  work.bindTo(kernel.current);
  return bound;
}

/** A Request of Node's own fetch, which undici's does not know. */
function isForeignRequest(undici: typeof Undici, input: Parameters<Fetch>[0]): input is Request {
  return input instanceof globalThis.Request && !((input as unknown) instanceof undici.Request);
}

function convertRequest(undici: typeof Undici, request: Request): Undici.Request {
  const { method, headers, body, redirect, credentials, cache, integrity, keepalive, referrer, referrerPolicy } =
    request;
  const init = { method, headers, body, redirect, credentials, cache, integrity, keepalive, referrer, referrerPolicy };
  const stream = body === null ? {} : { duplex: 'half' };
  return new undici.Request(request.url, { ...init, ...stream } as unknown as Undici.RequestInit);
}

function convertForm(undici: typeof Undici, form: FormData): Undici.FormData {
  const converted = new undici.FormData();
  for (const [name, value] of form) {
    if (typeof value === 'string') converted.append(name, value);
    else converted.append(name, value, value.name);
  }
  return converted;
}

/** Gives a replacement the name and length of what it stands for. */
function named<F extends (...args: never[]) => unknown>(replacement: F, original: { name: string; length: number }): F {
  return Object.defineProperties(replacement, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
}
