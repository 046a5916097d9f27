/** Binds the body of a fetch's answer to the greenlet that reads it. */
import { kernel } from '../greenlet/kernel.ts';
import type { BoundWork } from '../hub/cancellation/bound-work.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { likeOriginal } from './like-original.ts';

/** The readers of a body that wait for all of it. */
const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** The key of a response's work. (A WeakMap of all responses would slow down every garbage collection.) */
const WORK = Symbol('greenhub.work');

/**
 * Unbinds the work of a response that is garbage. Registering is not cheap, so it is done only in a greenlet with more
 * than a few unread responses.
 */
const dropped = new FinalizationRegistry<BoundWork>((work) => work.unbind());
const FEW = 16;

/** Makes the rest of an answer belong to the work: to the greenlet that reads it. If nothing is left, the work is over. */
export function bindBody(response: Response | undefined, work: BoundWork): void {
  if (!hasBody(response)) {
    work.unbind();
    return;
  }
  bindReaders(response, work);
  if (work.siblings > FEW) dropped.register(response, work);
}

/** True if a part of the answer is still to come. A mock may give anything as an answer. */
function hasBody(response: Response | undefined): response is Response {
  return Object(response) === response && response?.body != null && Object.isExtensible(response);
}

const readersOf = new WeakMap<object, Map<string, PropertyDescriptor>>();

/** Makes the rest of an answer belong to the greenlet that reads it, or to none if it is read outside. */
function bindReaders(response: object, work: BoundWork): void {
  const prototype = Object.getPrototypeOf(response);
  let readers = readersOf.get(prototype);
  if (readers === undefined) {
    readers = boundReaders(prototype);
    readersOf.set(prototype, readers);
  }
  Object.defineProperty(response, WORK, { value: work, configurable: true });
  for (const [name, reader] of readers) {
    // A mock may have its own reader.
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
        return boundRead(workOf(this), read.apply(this, args));
      },
    };
    readers.set(name, { value: likeOriginal(reader, read), writable: true, configurable: true });
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

function workOf(response: object): BoundWork | undefined {
  return (response as { [WORK]?: BoundWork })[WORK];
}

function boundRead(work: BoundWork | undefined, body: Promise<unknown>): Promise<unknown> {
  if (work === undefined) return body;
  work.unbind();
  if (!insideGreenlet() && !work.isStopped) return body;
  const bound = work.promise(body, () => work.unbind());
  if (insideGreenlet()) work.bindTo(kernel.current);
  return bound;
}
