/**
 * Every call that takes a promise or another thenable, for the contracts about them (`handed-over.test.ts`,
 * `asked-once.test.ts`). A new call is one more entry. An export that is in no list fails a test there.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  all,
  allSettled,
  any,
  Condition,
  call,
  forEach,
  Greenlet,
  Group,
  iwait,
  nursery,
  type Operation,
  Pool,
  race,
  retry,
  select,
  shield,
  spawn,
  spawnLater,
  until,
  wait,
  withContext,
  withTimeout,
} from '../../lib/index.ts';
import { lockKinds, queueKinds } from '../support/kinds.ts';
import type { Outcome } from '../support/outcome.ts';

export interface PromiseCall {
  /** The call, as the documentation writes it. */
  name: string;
  /** The name of the export. */
  exported: string;
  make(promise: PromiseLike<unknown>): Operation<unknown>;
  /** The value of the promise, from the result of the call; absent if the result does not contain it. */
  resultOf?: (outcome: Outcome<unknown>) => Outcome<unknown>;
}

const same = (outcome: Outcome<unknown>): Outcome<unknown> => outcome;
const firstOf = ({ value, error }: Outcome<unknown>): Outcome<unknown> =>
  value === undefined ? { error } : { value: (value as unknown[])[0] };
const storage = new AsyncLocalStorage<number>();
/** Longer than any test. */
const LONG = 1e6;

/** Calls that take the promise itself. */
export const handed: PromiseCall[] = [
  { name: 'until(p)', exported: 'until', make: (p) => until(p), resultOf: same },
  { name: 'withTimeout(ms, p)', exported: 'withTimeout', make: (p) => withTimeout(LONG, p), resultOf: same },
  { name: 'shield(p)', exported: 'shield', make: (p) => shield(p), resultOf: same },
  {
    name: 'withContext(storage, 1, p)',
    exported: 'withContext',
    make: (p) => withContext(storage, 1, p),
    resultOf: same,
  },
  { name: 'all([p])', exported: 'all', make: (p) => all([p]), resultOf: firstOf },
  {
    name: 'allSettled([p])',
    exported: 'allSettled',
    make: (p) => allSettled([p]),
    resultOf({ value }) {
      const [settlement] = value as PromiseSettledResult<unknown>[];
      return settlement?.status === 'fulfilled' ? { value: settlement.value } : { error: settlement?.reason };
    },
  },
  {
    name: 'any([p])',
    exported: 'any',
    make: (p) => any([p]),
    resultOf: ({ value, error }) => (error instanceof AggregateError ? { error: error.errors[0] } : { value }),
  },
  { name: 'race([p])', exported: 'race', make: (p) => race([p]), resultOf: same },
  {
    name: 'select({ p })',
    exported: 'select',
    make: (p) => select({ p }),
    resultOf: ({ value, error }) => (value === undefined ? { error } : { value: (value as { value: unknown }).value }),
  },
  { name: 'wait([p])', exported: 'wait', make: (p) => wait([p]) },
  { name: 'iwait([p])', exported: 'iwait', make: (p) => iwait([p]).next() },
];

const never = new Promise<never>(() => {});
const ignore = (): undefined => undefined;

/** The same beside another promise that never settles. */
export const handedBeside: PromiseCall[] = [
  { name: 'race([never, p])', exported: 'race', make: (p) => race([never, p]) },
  { name: 'any([never, p])', exported: 'any', make: (p) => any([never, p]) },
  { name: 'all([never, p])', exported: 'all', make: (p) => all([never, p]) },
  { name: 'allSettled([never, p])', exported: 'allSettled', make: (p) => allSettled([never, p]) },
  { name: 'select({ never, p })', exported: 'select', make: (p) => select({ never, p }) },
  { name: 'wait([never, p])', exported: 'wait', make: (p) => wait([never, p]) },
  { name: 'forEach(iwait([never, p]), fn)', exported: 'iwait', make: (p) => forEach(iwait([never, p]), ignore) },
];

/** Calls that take a list with the promise as an item. */
export const listed: PromiseCall[] = [
  { name: 'forEach([p], fn)', exported: 'forEach', make: (p) => forEach([p], () => {}) },
  { name: 'forEach(new Set([p]), fn)', exported: 'forEach', make: (p) => forEach(new Set([p]), () => {}) },
  { name: 'pool.map(fn, [p])', exported: 'Pool', make: (p) => new Pool(1).map(ignore, [p]) },
  { name: 'pool.imap(fn, [p])', exported: 'Pool', make: (p) => new Pool(1).imap(ignore, [p]).next() },
  {
    name: 'group.imapUnordered(fn, [p])',
    exported: 'Group',
    make: (p) => new Group().imapUnordered(ignore, [p]).next(),
  },
];

function* holding(condition: Condition, p: PromiseLike<unknown>) {
  yield* condition.lock.acquire();
  try {
    return yield* condition.waitFor(() => p);
  } finally {
    condition.lock.release();
  }
}

/** Calls of a function that returns the promise. */
export const returned: PromiseCall[] = [
  { name: 'spawn(() => p)', exported: 'spawn', make: (p) => call(() => spawn(() => p)), resultOf: same },
  {
    name: 'spawnLater(0, () => p)',
    exported: 'spawnLater',
    make: (p) => call(() => spawnLater(0, () => p)),
    resultOf: same,
  },
  {
    name: 'new Greenlet(() => p)',
    exported: 'Greenlet',
    make: (p) =>
      call(() => {
        const greenlet = new Greenlet(() => p);
        greenlet.start();
        return greenlet;
      }),
    resultOf: same,
  },
  { name: 'until(() => p)', exported: 'until', make: (p) => until(() => p), resultOf: same },
  {
    name: 'withTimeout(ms, () => p)',
    exported: 'withTimeout',
    make: (p) => withTimeout(LONG, () => p),
    resultOf: same,
  },
  { name: 'shield(() => p)', exported: 'shield', make: (p) => shield(() => p), resultOf: same },
  {
    name: 'withContext(storage, 1, () => p)',
    exported: 'withContext',
    make: (p) => withContext(storage, 1, () => p),
    resultOf: same,
  },
  { name: 'retry(() => p)', exported: 'retry', make: (p) => retry(() => p, { attempts: 1 }), resultOf: same },
  { name: 'all([() => p])', exported: 'all', make: (p) => all([() => p]), resultOf: firstOf },
  { name: 'race([() => p])', exported: 'race', make: (p) => race([() => p]), resultOf: same },
  { name: 'nursery(() => p)', exported: 'nursery', make: (p) => nursery(() => p), resultOf: same },
  { name: 'pool.apply(() => p)', exported: 'Pool', make: (p) => new Pool(1).apply(() => p), resultOf: same },
  { name: 'pool.map(() => p, [1])', exported: 'Pool', make: (p) => new Pool(1).map(() => p, [1]), resultOf: firstOf },
  {
    name: 'group.applyAsync(() => p)',
    exported: 'Group',
    make: (p) => call(() => new Group().applyAsync(() => p)),
    resultOf: same,
  },
  {
    name: 'group.imap(() => p, [1])',
    exported: 'Group',
    make: (p) => new Group().imap(() => p, [1]).next(),
    resultOf: ({ value, error }) =>
      value === undefined ? { error } : { value: (value as IteratorResult<unknown>).value },
  },
  { name: 'forEach([1], () => p)', exported: 'forEach', make: (p) => forEach([1], () => p) },
  {
    name: 'condition.waitFor(() => p)',
    exported: 'Condition',
    make: (p) => call(holding, new Condition(), p),
    resultOf: same,
  },
];

/** Exports that take no promise and call no function that may return one. */
export const takesNone: Readonly<Record<string, string>> = {
  ...Object.fromEntries(queueKinds.map(({ name }) => [name, 'keeps its items as they are'])),
  ...Object.fromEntries(lockKinds.map(({ name }) => [name, 'takes neither'])),
  AsyncResult: 'keeps its value as it is',
  Barrier: 'takes neither',
  BrokenBarrierError: 'takes neither',
  Channel: 'keeps its items as they are',
  Empty: 'takes neither',
  Event: 'takes neither',
  Full: 'takes neither',
  GreenletError: 'takes neither',
  GreenletExit: 'takes neither',
  Iteration: 'is made by the library',
  Local: 'keeps its values as they are',
  LoopExit: 'takes neither',
  RateLimiter: 'takes neither',
  RawGreenlet: 'ends with what its function returns',
  ShutDown: 'takes neither',
  Timeout: 'takes neither',
  action: 'gives what it is resolved with as it is',
  call: 'gives what a plain function returns as it is',
  getHub: 'takes neither',
  getcurrent: 'takes neither',
  greenlet: 'ends with what its function returns',
  idle: 'takes neither',
  joinall: 'takes greenlets',
  killall: 'takes greenlets',
  run: 'spawns its function, and gives a promise',
  settrace: 'takes neither',
  sleep: 'takes neither',
};
