import type * as Undici from 'undici';
import { withStackTraceLimit } from '../greenlet/stack-trace-limit.ts';

import { addLines } from './client-line.ts';

/** Where undici up to version 7 looks for the dispatcher that everybody uses, … */
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
/** … and later ones, which put a wrapper of theirs in the place of the former. */
const NEWER_GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.2');

/** The classes of one copy of undici that make a frugal agent. */
export type Classes = Pick<typeof Undici, 'Agent' | 'Pool' | 'Client'>;

/** An agent like undici's. It frees an abandoned request at once, and makes no connection that nobody needs. */
export function frugalAgent(undici: Classes): Undici.Agent {
  class FrugalClient extends undici.Client {}
  addLines(FrugalClient);
  return new undici.Agent({
    factory: (origin, options) =>
      new undici.Pool(origin, { ...options, factory: (target, settings) => new FrugalClient(target, settings) }),
  });
}

/** True while everybody's dispatcher is the agent that Node's own fetch has made for itself. */
export function isDefaultDispatcher(): boolean {
  const globals = globalThis as unknown as Record<symbol, object | undefined>;
  const dispatcher = globals[GLOBAL_DISPATCHER];
  if (dispatcher === undefined) return true;
  if (dispatcher.constructor.name !== 'Dispatcher1Wrapper') return isMadeByNode(dispatcher, 'Agent');
  const wrapped = globals[NEWER_GLOBAL_DISPATCHER];
  return isMadeByNode(dispatcher, 'Dispatcher1Wrapper') && wrapped !== undefined && isMadeByNode(wrapped, 'Agent');
}

const madeByNode = new WeakMap<object, boolean>();

/**
 * Tells Node's plain Agent from one of a copy of undici that the program has installed and set. They look the same; but
 * where the class comes from is seen in the stack of the error that it throws at a bad option.
 */
export function isMadeByNode(dispatcher: object, name: string): boolean {
  let known = madeByNode.get(dispatcher);
  if (known === undefined) {
    const Class = dispatcher.constructor as new (options: unknown) => object;
    // One with interceptors, made by `compose()`, passes for what it is made of but for this method.
    const isPlain = Reflect.get(dispatcher, 'dispatch') === Class.prototype.dispatch;
    known = isPlain && Class.name === name && /node:internal\/deps\/undici/.test(stackOfFailing(Class));
    madeByNode.set(dispatcher, known);
  }
  return known;
}

function stackOfFailing(Class: new (options: unknown) => object): string {
  return withStackTraceLimit(10, () => {
    try {
      new Class({ factory: 'none' });
      return '';
    } catch (error) {
      return (error as Error).stack ?? '';
    }
  });
}
