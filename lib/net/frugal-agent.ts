import type * as Undici from 'undici';
import { withStackTraceLimit } from '../greenlet/stack-trace-limit.ts';

import { addLines } from './client-line.ts';

/** The key of the global dispatcher up to version 7 of undici. */
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
/** The key in later versions, which put a wrapper under the former key. */
const NEWER_GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.2');

/** The undici classes that a frugal agent is made of. */
export type Classes = Pick<typeof Undici, 'Agent' | 'Pool' | 'Client'>;

/** Creates an agent like undici's that frees an abandoned request at once and opens no connection without need. */
export function frugalAgent(undici: Classes): Undici.Agent {
  class FrugalClient extends undici.Client {}
  addLines(FrugalClient);
  return new undici.Agent({
    factory: (origin, options) =>
      new undici.Pool(origin, { ...options, factory: (target, settings) => new FrugalClient(target, settings) }),
  });
}

/** True while the global dispatcher is the agent that Node's fetch has created. */
export function isDefaultDispatcher(): boolean {
  const globals = globalThis as unknown as Record<symbol, object | undefined>;
  const dispatcher = globals[GLOBAL_DISPATCHER];
  return dispatcher === undefined || nodesClass(unwrapped(dispatcher)) === 'Agent';
}

/** What each wrapper of Node's undici 8 stands for. */
const wrapped = new WeakMap<object, object>();

/**
 * Returns the dispatcher inside the wrapper that Node's undici 8 puts under the former key, and any other dispatcher
 * itself. Once the program has put the wrapper back with `setGlobalDispatcher()` of undici 7, both keys hold the
 * wrapper. So this function remembers what it has seen in it.
 */
export function unwrapped<Given extends object>(dispatcher: Given): Given {
  if (nodesClass(dispatcher) !== 'Dispatcher1Wrapper') return dispatcher;
  const globals = globalThis as unknown as Record<symbol, object | undefined>;
  const newer = globals[NEWER_GLOBAL_DISPATCHER];
  if (globals[GLOBAL_DISPATCHER] === dispatcher && newer !== undefined && newer !== dispatcher) {
    wrapped.set(dispatcher, newer);
  }
  return (wrapped.get(dispatcher) as Given | undefined) ?? dispatcher;
}

const classNames = new WeakMap<object, string>();

/**
 * Returns the class of a plain dispatcher from Node's own undici, and an empty string for a dispatcher from a copy of
 * undici that the program has installed. They look the same, but the stack of the error for a bad option shows where
 * the class comes from.
 */
export function nodesClass(dispatcher: object): string {
  let known = classNames.get(dispatcher);
  if (known === undefined) {
    const Class = dispatcher.constructor as new (options: unknown) => object;
    // An agent with interceptors, made by `compose()`, differs from a plain one only in this method.
    const isPlain = Reflect.get(dispatcher, 'dispatch') === Class.prototype.dispatch;
    known = isPlain && /node:internal\/deps\/undici/.test(stackOfFailing(Class)) ? Class.name : '';
    classNames.set(dispatcher, known);
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
