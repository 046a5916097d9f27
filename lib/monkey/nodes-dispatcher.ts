/**
 * What carries the requests of Node's own fetch, which brings an undici of its own along: version 6 in Node 20 and 22,
 * 7 in Node 24, 8 in Node 26.
 */
import type * as Undici from 'undici';
import { type Classes, frugalAgent, isMadeByNode } from '../net/frugal-agent.ts';
import { addLinesTo } from '../net/load-undici.ts';

/** Where each of them looks for the dispatcher that everybody uses. */
const GLOBAL_DISPATCHER = Symbol.for(
  `undici.globalDispatcher.${Number.parseInt(process.versions.undici ?? '0', 10) < 8 ? 1 : 2}`,
);

/** The dispatcher that Node's fetch uses unless it is given one; undefined where there is none. */
export function nodesDispatcher(): Undici.Dispatcher | undefined {
  const globals = globalThis as unknown as Record<symbol, Undici.Dispatcher | undefined>;
  // Node makes it at the first look at one of the classes, as the first fetch would.
  if (globals[GLOBAL_DISPATCHER] === undefined) void globalThis.Response;
  return globals[GLOBAL_DISPATCHER];
}

const frugal = new WeakMap<Undici.Dispatcher, Undici.Dispatcher>();

/**
 * What carries a request in the place of a dispatcher: a frugal agent of the same undici for the one that Node has made,
 * and the dispatcher itself for one that the program has set.
 */
export function carrierOf(dispatcher: Undici.Dispatcher): Undici.Dispatcher {
  let carrier = frugal.get(dispatcher);
  if (carrier === undefined) {
    const classes = isMadeByNode(dispatcher, 'Agent') ? classesOf(dispatcher) : undefined;
    carrier = classes === undefined ? dispatcher : frugalAgent(classes);
    if (carrier === dispatcher) addLinesTo(dispatcher);
    frugal.set(dispatcher, carrier);
  }
  return carrier;
}

/** The classes of the undici that Node brings along, which can be had from its agent only: it makes pools and clients. */
function classesOf(agent: Undici.Dispatcher): Classes | undefined {
  const key = Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'factory');
  const factory = key === undefined ? undefined : Reflect.get(agent, key);
  if (typeof factory !== 'function') return undefined;
  const origin = 'http://localhost';
  const [pool, client] = [factory(origin, {}), factory(origin, { connections: 1 })];
  return { Agent: agent.constructor, Pool: pool.constructor, Client: client.constructor } as Classes;
}
