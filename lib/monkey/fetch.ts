import type * as Undici from 'undici';
import { kernel } from '../greenlet/kernel.ts';
import type { BoundWork } from '../hub/bound-work.ts';
import { frugalAgent, isDefaultDispatcher } from '../net/frugal-agent.ts';
import { loadUndici } from '../net/load-undici.ts';
import { FetchWork } from './fetch-work.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { named } from './named.ts';
import { install, type Replace } from './patches.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = Parameters<Fetch>[1];

/** The readers of a body that wait for all of it. */
const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** What a program may ask of an answer whether it is one. */
const CLASSES = ['Response', 'Headers', 'FormData'] as const;

/** On a response: the request that it is the answer to. (A weak map of all would burden every garbage collection.) */
const WORK = Symbol('greenhub.work');

/**
 * A response that nobody can read any more needs not be kept track of. Looking out for that is not cheap, so it is done
 * only in a greenlet that has let more than a few lie.
 */
const dropped = new FinalizationRegistry<BoundWork>((work) => work.unbind());
const FEW = 16;

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
    const isReplaced = !isNodesFetch(original);
    const OwnResponse = globalThis.Response;
    const undici = loadUndici();
    const agent = frugalAgent(undici);

    /** Undici's fetch does not know the classes of Node's own: those go to the fetch that does. */
    const start = (input: Input, init: Init, work: FetchWork): Promise<Response> => {
      // A fetch that the program has put in the place of Node's (a mock, say) is meant for greenlets as well.
      if (isReplaced || isNodes(undici, input, init)) return original(input, followed(input, init, work));
      return undici.fetch(input as Undici.RequestInfo, optionsFor(input, init, work)) as unknown as Promise<Response>;
    };
    const optionsFor = (input: Input, init: Init, work: FetchWork): Undici.RequestInit => {
      if (input instanceof undici.Request) return followed(input, init, work) as Undici.RequestInit;
      const options = init as Undici.RequestInit | undefined;
      // A dispatcher that the program has set is used; ours stands in for Node's default only.
      const dispatcher = options?.dispatcher ?? (isDefaultDispatcher() ? agent : undici.getGlobalDispatcher());
      // A body whose turn has not come is undici's to let go of, and it takes a signal for that.
      if (init?.body != null) return { ...(followed(input, init, work) as Undici.RequestInit), dispatcher };
      return { ...options, dispatcher: work.over(dispatcher) as unknown as Undici.Dispatcher };
    };
    const fetch = (input: Input, init?: Init): Promise<Response> =>
      insideGreenlet() ? boundFetch(start, input, init) : original(input, init);
    replace('globalThis', globalThis, 'fetch', { value: named(fetch, original), writable: true, enumerable: true });

    patchBody(replace, 'undici.Response', undici.Response.prototype);
    patchBody(replace, 'globalThis.Response', OwnResponse.prototype);

    for (const name of CLASSES) passForOne(replace, name, globalThis[name], undici[name]);
  });
}

/** Has undici's objects, which are no instances of the global class of that name, pass for such. */
function passForOne(replace: Replace, name: string, Global: object, Undicis: new (...args: never[]) => object): void {
  const isInstance = Function.prototype[Symbol.hasInstance];
  replace(`globalThis.${name}`, Global, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return isInstance.call(this as typeof Function, value) || (this === Global && value instanceof Undicis);
    },
  });
}

/** Node's own fetch is a function that loads the undici that it brings along. */
function isNodesFetch(fetch: Fetch): boolean {
  return /internal\/deps\/undici/.test(Function.prototype.toString.call(fetch));
}

function isNodes(undici: typeof Undici, input: Input, init: Init): boolean {
  if (typeof input === 'string' && init?.body == null) return false;
  return (
    (input instanceof globalThis.Request && !((input as unknown) instanceof undici.Request)) ||
    (init?.body instanceof globalThis.FormData && !((init.body as unknown) instanceof undici.FormData))
  );
}

/** The same options with a signal that the work's end aborts, as well as the program's own does. */
function followed(input: Input, init: Init, work: FetchWork): Init {
  const own = init?.signal === undefined && input instanceof Object && 'signal' in input ? input.signal : init?.signal;
  return { ...init, signal: work.signal(own) };
}

function boundFetch(
  start: (input: Input, init: Init, work: FetchWork) => Promise<Response>,
  input: Input,
  init: Init,
): Promise<Response> {
  const work = new FetchWork();
  const answer = work.promise(start(input, init, work), (response) => {
    if (response === undefined || response.body === null) work.unbind();
    else {
      Object.defineProperty(response, WORK, { value: work });
      if (work.siblings > FEW) dropped.register(response, work);
    }
  });
  work.bindTo(kernel.current);
  return answer;
}

/** Has the rest of an answer belong to the greenlet that reads it, or, read outside, to none. */
function patchBody(replace: Replace, module: string, prototype: object): void {
  for (const name of READERS) {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (property === undefined) continue;
    const read = property.value as (this: object) => Promise<unknown>;
    const { reader } = {
      reader(this: object): Promise<unknown> {
        const work = workOf(this);
        const body = read.call(this);
        return work === undefined ? body : bindBody(work, body);
      },
    };
    replace(module, prototype, name, { ...property, value: named(reader, read) });
  }
  const property = Object.getOwnPropertyDescriptor(prototype, 'body') as PropertyDescriptor;
  const { get } = property as { get: () => unknown };
  const accessor = {
    get body(): unknown {
      const work = workOf(this);
      if (work !== undefined) {
        if (insideGreenlet()) work.bindTo(kernel.current);
        else work.unbind();
      }
      return get.call(this);
    },
  };
  const body = Object.getOwnPropertyDescriptor(accessor, 'body') as { get: () => unknown };
  replace(module, prototype, 'body', { ...property, get: body.get });
}

function workOf(response: object): FetchWork | undefined {
  return (response as { [WORK]?: FetchWork })[WORK];
}

function bindBody<T>(work: FetchWork, body: Promise<T>): Promise<T> {
  work.unbind();
  if (!insideGreenlet() && !work.isStopped) return body;
  const bound = work.promise(body, () => work.unbind());
  if (insideGreenlet()) work.bindTo(kernel.current);
  return bound;
}
