import type * as whole from 'greenhub';
import { sleep } from 'greenhub';
import {
  type Coroutine,
  call,
  GreenletError,
  GreenletExit,
  getcurrent,
  greenlet,
  type Operation,
  RawGreenlet,
  type Suspend,
  type Switch,
  settrace,
  type TraceHook,
} from 'greenhub/greenlet';
import { accepts, check, type Equal } from './expect.js';

// The entry points share their classes.
check<Equal<typeof whole.RawGreenlet, typeof RawGreenlet>>();
check<Equal<typeof whole.greenlet, typeof greenlet>>();
check<Equal<typeof whole.call, typeof call>>();
check<Equal<typeof whole.getcurrent, typeof getcurrent>>();
check<Equal<typeof whole.settrace, typeof settrace>>();
check<Equal<typeof whole.GreenletExit, typeof GreenletExit>>();
check<Equal<typeof whole.GreenletError, typeof GreenletError>>();

// Everything that can be awaited can be yielded, and vice versa.
declare const numbers: Operation<number>;
check<Equal<Awaited<Operation<number>>, number>>();
check<Equal<Coroutine<number>, Generator<Suspend, number, unknown>>>();
const awaited = await numbers;
check<Equal<typeof awaited, number>>();

function* body() {
  const value = yield* numbers;
  check<Equal<typeof value, number>>();
  return `${value}`;
}
check<Equal<ReturnType<typeof body>, Generator<Suspend, string, unknown>>>();
accepts<Coroutine<string>>(body());
// @ts-expect-error it returns a string
accepts<Coroutine<number>>(body());

// A switch may give any value: only at run time is it known which greenlet switches back.
const raw = greenlet(body);
check<Equal<typeof raw, RawGreenlet>>();
check<Equal<ReturnType<typeof raw.switch>, Switch>>();
// biome-ignore lint/suspicious/noExplicitAny: it is the contract
check<Equal<typeof returned, any>>();
const returned = raw.switch(1, 'two').value;
raw.throw();
raw.throw(new Error('no'));
check<Equal<typeof raw.parent, RawGreenlet | null>>();
check<Equal<typeof raw.started, boolean>>();
check<Equal<typeof raw.dead, boolean>>();
check<Equal<typeof raw.active, boolean>>();
check<Equal<typeof raw.name, string>>();
raw.parent = getcurrent();
raw.run = () => 1;
new RawGreenlet(body, raw);
new RawGreenlet(() => 'plain');
check<Equal<ReturnType<typeof getcurrent>, RawGreenlet>>();
// @ts-expect-error a body is a function
greenlet(body());
// @ts-expect-error a body is a function
new RawGreenlet('body');
// @ts-expect-error only a greenlet can be a parent
greenlet(body, {});
// @ts-expect-error none but main has no parent
raw.parent = null;
// @ts-expect-error what is dead is dead
raw.dead = false;

const previous = settrace((event, origin, target) => {
  check<Equal<typeof event, 'switch' | 'throw'>>();
  check<Equal<typeof origin, RawGreenlet>>();
  check<Equal<typeof target, RawGreenlet>>();
});
check<Equal<typeof previous, TraceHook | null>>();
settrace(null);
// @ts-expect-error undefined would hide a mistake
settrace(undefined);

// call() gives the result of the function's coroutine.
function* sum(n: number): Coroutine<number> {
  return n === 0 ? 0 : n + (yield* call(sum, n - 1));
}
function* isEven(n: number): Coroutine<boolean> {
  return n === 0 || (yield* call(isOdd, n - 1));
}
function* isOdd(n: number): Coroutine<boolean> {
  return n !== 0 && (yield* call(isEven, n - 1));
}
function* calls() {
  const total = yield* call(sum, 1_000);
  check<Equal<typeof total, number>>();
  const even = yield* call(isEven, 10);
  check<Equal<typeof even, boolean>>();
  const inferred = yield* call(body);
  check<Equal<typeof inferred, string>>();
  const plain = yield* call((text: string) => text.length, 'text');
  check<Equal<typeof plain, number>>();
  const operation = yield* call(() => numbers);
  check<Equal<typeof operation, number>>();
  const nothing = yield* call(() => sleep(1));
  check<Equal<typeof nothing, void>>();
  // @ts-expect-error the argument is a number
  yield* call(sum, '1000');
  // @ts-expect-error the argument is missing
  yield* call(sum);
  // @ts-expect-error a generator is not a function
  yield* call(sum(1));
}
const calledOutside = await call(calls);
check<Equal<typeof calledOutside, void>>();

// Only operations can be yielded, and only with the star.
function* starless(): Coroutine<void> {
  // @ts-expect-error `yield` hands the operation itself out
  yield sleep(1);
  // @ts-expect-error a promise is waited for with `yield* until(promise)`
  yield Promise.resolve();
  // @ts-expect-error a number is no operation
  yield* 1;
  // @ts-expect-error iterables of values are no operations
  yield* [1, 2];
}
accepts<() => Coroutine<void>>(starless);
// @ts-expect-error only the library makes a Suspend
accepts<Suspend>({});

check<Equal<GreenletExit['name'], string>>();
new GreenletExit('reason', { cause: new Error() });
new GreenletError('reason');
