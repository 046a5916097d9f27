/**
 * The dispatcher of Node's own fetch, which comes with its own copy of undici: version 6 in Node 20 and 22, 7 in Node
 * 24, 8 in Node 26.
 */
import type * as Undici from 'undici';
import { type Classes, frugalAgent, nodesClass, unwrapped } from '../net/frugal-agent.ts';
import { addLinesTo } from '../net/load-undici.ts';

/** The key of the global dispatcher of Node's undici, which depends on the version. */
const GLOBAL_DISPATCHER = Symbol.for(
  `undici.globalDispatcher.${Number.parseInt(process.versions.undici ?? '0', 10) < 8 ? 1 : 2}`,
);

/** The default dispatcher of Node's fetch; undefined if there is none. */
export function nodesDispatcher(): Undici.Dispatcher | undefined {
  const globals = globalThis as unknown as Record<symbol, Undici.Dispatcher | undefined>;
  // Reading one of the classes makes Node create it, as the first fetch would.
  if (globals[GLOBAL_DISPATCHER] === undefined) void globalThis.Response;
  const dispatcher = globals[GLOBAL_DISPATCHER];
  return dispatcher && unwrapped(dispatcher);
}

const frugal = new WeakMap<Undici.Dispatcher, Undici.Dispatcher>();

/**
 * The dispatcher to use instead of a given one: a frugal agent of the same undici for Node's default dispatcher, and
 * the dispatcher itself if the program has set it.
 */
export function carrierOf(dispatcher: Undici.Dispatcher): Undici.Dispatcher {
  let carrier = frugal.get(dispatcher);
  if (carrier === undefined) {
    const classes = nodesClass(dispatcher) === 'Agent' ? classesOf(dispatcher) : undefined;
    carrier = classes === undefined ? dispatcher : frugalAgent(classes);
    if (carrier === dispatcher) addLinesTo(dispatcher);
    frugal.set(dispatcher, carrier);
  }
  return carrier;
}

/** The classes of Node's own undici. Only its agent gives access to them, through the pools and clients it makes. */
function classesOf(agent: Undici.Dispatcher): Classes | undefined {
  const key = Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'factory');
  const factory = key === undefined ? undefined : Reflect.get(agent, key);
  if (typeof factory !== 'function') return undefined;
  const origin = 'http://localhost';
  const [pool, client] = [factory(origin, {}), factory(origin, { connections: 1 })];
  return { Agent: agent.constructor, Pool: pool.constructor, Client: client.constructor } as Classes;
}
