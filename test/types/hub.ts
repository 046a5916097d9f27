import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import {
  AsyncResult,
  action,
  Event,
  type Executor,
  Greenlet,
  getHub,
  type Hub,
  Iteration,
  idle,
  iwait,
  type JoinOptions,
  joinall,
  type KillOptions,
  killall,
  Lock,
  LoopExit,
  type Operation,
  Queue,
  type RawGreenlet,
  run,
  Semaphore,
  shield,
  sleep,
  spawn,
  spawnLater,
  Timeout,
  until,
  wait,
  withContext,
  withTimeout,
} from 'greenhub';
import { accepts, check, type Equal } from './expect.js';

function* length(text: string) {
  yield* sleep(1);
  return text.length;
}
function* nothing() {
  yield* sleep(0);
}
async function upper(text: string) {
  return text.toUpperCase();
}
declare const answer: Promise<'yes' | 'no'>;
declare const numbers: Operation<number>;

// spawn: every kind of function, its result and its arguments.
const generator = spawn(length, 'text');
const plain = spawn((a: number, b: string) => b.repeat(a), 2, 'ab');
const asynchronous = spawn(upper, 'text');
const ofOperation = spawn((ms: number) => sleep(ms), 10);
const ofValue = spawn(() => numbers);
const inline = spawn(function* () {
  const n = yield* numbers;
  return { n };
});
check<Equal<typeof generator, Greenlet<number>>>();
const caught = generator.catch(() => null);
check<Equal<typeof caught, Promise<number | null>>>();
const finished = numbers.finally(() => {});
check<Equal<typeof finished, Promise<number>>>();
const passedOn = numbers.catch();
check<Equal<typeof passedOn, Promise<number>>>();
check<Equal<typeof plain, Greenlet<string>>>();
check<Equal<typeof asynchronous, Greenlet<string>>>();
check<Equal<typeof ofOperation, Greenlet<void>>>();
check<Equal<typeof ofValue, Greenlet<number>>>();
check<Equal<typeof inline, Greenlet<{ n: number }>>>();
const optional = (a: number, b?: string) => a + (b ?? '').length;
const rest = (...words: string[]) => words.join();
const generic = <T>(value: T) => [value];
check<Equal<ReturnType<typeof optional>, number>>();
spawn(optional, 1);
spawn(optional, 1, 'two');
spawn(rest, 'one', 'two', 'three');
const ofGeneric = spawn(generic<number>, 1);
check<Equal<typeof ofGeneric, Greenlet<number[]>>>();
const later = spawnLater(100, length, 'text');
check<Equal<typeof later, Greenlet<number>>>();
const unstarted = new Greenlet<number>(length, 'text');
unstarted.start();
unstarted.startLater(10);

// @ts-expect-error a generator is not a function: spawn(length, 'text')
spawn(length('text'));
// @ts-expect-error not a function
spawn('length');
// @ts-expect-error an operation is not a function
spawn(sleep(1));
// @ts-expect-error a string, not a number
spawn(length, 1);
// @ts-expect-error the argument is missing
spawn(length);
// @ts-expect-error one argument too many
spawn(length, 'text', 'more');
// @ts-expect-error the second argument is a string
spawn(optional, 1, 2);
// @ts-expect-error the time comes first
spawnLater(length, 'text');
// @ts-expect-error a string, not a number
spawnLater(100, length, 1);

// A greenlet.
check<Equal<typeof generator.value, number | undefined>>();
check<Equal<typeof generator.exception, unknown>>();
check<Equal<typeof generator.signal, AbortSignal>>();
check<Equal<typeof generator.id, number>>();
check<Equal<typeof generator.args, readonly unknown[]>>();
check<Equal<typeof generator.name, string>>();
check<Equal<typeof generator.spawnedBy, RawGreenlet | null>>();
check<Equal<typeof generator.spawnSite, string | undefined>>();
check<Equal<ReturnType<typeof generator.ready>, boolean>>();
check<Equal<ReturnType<typeof generator.successful>, boolean>>();
generator.name = 'worker';
generator.link((source) => check<Equal<typeof source, Greenlet<number>>>());
generator.linkValue(function* (source) {
  yield* sleep(source.value ?? 0);
});
generator.linkException(new AsyncResult<number>());
generator.unlink(console.log);
// @ts-expect-error a name is a string
generator.name = 1;
// @ts-expect-error a result of another type
generator.link(new AsyncResult<string>());
// @ts-expect-error the value is what the function returned
generator.value = 2;
accepts<Greenlet>(generator);
accepts<Operation<number>>(generator);
// @ts-expect-error it gives a number
accepts<Greenlet<string>>(generator);

function* inside() {
  const result = yield* generator;
  const got = yield* asynchronous.get({ timeout: 10 });
  const joined = yield* generator.join({ timeout: 10 });
  const killed = yield* generator.kill({ reason: new Error('no'), timeout: 10 });
  check<Equal<typeof result, number>>();
  check<Equal<typeof got, string>>();
  check<Equal<typeof joined, void>>();
  check<Equal<typeof killed, void>>();

  const slept = yield* sleep(10);
  const idled = yield* idle();
  check<Equal<typeof slept, void>>();
  check<Equal<typeof idled, void>>();

  // joinall gives the greenlets it was given.
  const jobs = yield* joinall([generator, spawn(length, 'more')]);
  check<Equal<typeof jobs, Greenlet<number>[]>>();
  const voids: Greenlet<void>[] = [spawn(nothing), ofOperation];
  const done = yield* joinall(voids, { timeout: 10, count: 1, raiseError: true });
  check<Equal<typeof done, Greenlet<void>[]>>();
  const mixed = yield* joinall([generator, asynchronous]);
  check<Equal<typeof mixed, (Greenlet<number> | Greenlet<string>)[]>>();
  const ofSet = yield* joinall(new Set([inline]));
  check<Equal<typeof ofSet, Greenlet<{ n: number }>[]>>();
  const ended = yield* killall([generator, asynchronous], { timeout: 10 });
  check<Equal<typeof ended, void>>();
  killall(voids);

  // wait and iwait give the objects themselves.
  const queue = new Queue<string>();
  const event = new Event();
  const ready = yield* wait([queue, event], { count: 1 });
  check<Equal<typeof ready, (Queue<string> | Event)[]>>();
  const every = yield* wait([new Lock(), new Semaphore(2), generator, new AsyncResult<Date>()]);
  check<Equal<typeof every, (Lock | Semaphore | Greenlet<number> | AsyncResult<Date>)[]>>();
  const operations = yield* wait([sleep(1), numbers, answer], { timeout: 10 });
  check<Equal<typeof operations, (Operation<void> | Operation<number> | Promise<'yes' | 'no'>)[]>>();
  const quiet = yield* wait();
  check<Equal<typeof quiet, boolean>>();
  const quietInTime = yield* wait(undefined, { timeout: 10 });
  check<Equal<typeof quietInTime, boolean>>();
  const iteration = iwait([generator, spawn(length, 'more')], { timeout: 10, count: 1 });
  check<Equal<typeof iteration, Iteration<Greenlet<number>>>>();
  const step = yield* iteration.next();
  check<Equal<typeof step, IteratorResult<Greenlet<number>, undefined>>>();
  if (!step.done) check<Equal<typeof step.value, Greenlet<number>>>();

  // withTimeout over every kind of body, with and without a value for the timeout.
  const ofFunction = yield* withTimeout(10, function* () {
    return yield* length('text');
  });
  check<Equal<typeof ofFunction, number>>();
  const ofArrow = yield* withTimeout(10, () => length('text'));
  check<Equal<typeof ofArrow, number>>();
  const ofSpawned = yield* withTimeout(10, generator);
  check<Equal<typeof ofSpawned, number>>();
  const ofGet = yield* withTimeout(10, queue.get());
  check<Equal<typeof ofGet, string>>();
  const ofPromise = yield* withTimeout(10, answer);
  check<Equal<typeof ofPromise, 'yes' | 'no'>>();
  const ofAsync = yield* withTimeout(10, async () => 'text');
  check<Equal<typeof ofAsync, string>>();
  const orNull = yield* withTimeout(10, queue.get(), { timeoutValue: null });
  check<Equal<typeof orNull, string | null>>();
  const orText = yield* withTimeout(10, () => length('text'), { timeoutValue: 'late' });
  check<Equal<typeof orText, number | string>>();
  const orFalse = yield* withTimeout(10, answer, { timeoutValue: false as const });
  check<Equal<typeof orFalse, 'yes' | 'no' | false>>();
  const noValue = yield* withTimeout(10, queue.get(), {});
  check<Equal<typeof noValue, string>>();
  const nested = yield* withTimeout(20, () => withTimeout(10, () => length('text')));
  check<Equal<typeof nested, number>>();

  const shielded = yield* shield(() => length('text'));
  check<Equal<typeof shielded, number>>();
  const shieldedOperation = yield* shield(numbers);
  check<Equal<typeof shieldedOperation, number>>();
  const shieldedPromise = yield* shield(answer);
  check<Equal<typeof shieldedPromise, 'yes' | 'no'>>();

  const settled = yield* until(answer);
  check<Equal<typeof settled, 'yes' | 'no'>>();
  const content = yield* until((signal) => readFile('file', { encoding: 'utf8', signal }));
  check<Equal<typeof content, string>>();
  const signals = until((signal) => {
    check<Equal<typeof signal, AbortSignal>>();
    return answer;
  });
  check<Equal<typeof signals, Operation<'yes' | 'no'>>>();

  const acted = yield* action<number>((resolve, reject) => {
    check<Equal<typeof resolve, (value: number) => void>>();
    check<Equal<typeof reject, (error: unknown) => void>>();
    const timer = setTimeout(resolve, 10, 1);
    return () => clearTimeout(timer);
  });
  check<Equal<typeof acted, number>>();
  const executor: Executor<Date> = (resolve) => resolve(new Date());
  const inferred = yield* action(executor);
  check<Equal<typeof inferred, Date>>();

  const store = new AsyncLocalStorage<{ id: string }>();
  const within = yield* withContext(store, { id: 'r-17' }, () => length('text'));
  check<Equal<typeof within, number>>();
  // @ts-expect-error the storage holds objects with an id
  yield* withContext(store, 'r-17', () => length('text'));

  // @ts-expect-error times are numbers of milliseconds
  yield* sleep('10');
  // @ts-expect-error the time comes first
  yield* withTimeout(() => length('text'), 10);
  // @ts-expect-error a body takes no parameters: () => length('text')
  yield* withTimeout(10, length);
  // @ts-expect-error a body is a function, an operation or a promise
  yield* shield(42);
  // @ts-expect-error until is for promises
  yield* until(42);
  // @ts-expect-error resolve takes a number
  yield* action<number>((resolve) => resolve('1'));
  // @ts-expect-error an executor is a function
  yield* action(answer);
  // @ts-expect-error joinall takes greenlets
  yield* joinall([sleep(1)]);
  // @ts-expect-error a list of greenlets
  yield* joinall(generator);
  // @ts-expect-error numbers are never ready
  yield* wait([1, 2]);
  // @ts-expect-error there is no such option
  yield* generator.get({ timeuot: 10 });
  // @ts-expect-error milliseconds are a number
  yield* generator.join({ timeout: '1s' });
  return ready;
}
spawn(inside);

const options: JoinOptions & KillOptions = { timeout: undefined };
check<Equal<typeof options.timeout, number | undefined>>();

// Outside greenlets the same operations are awaited.
const results = await Promise.all([
  generator,
  generator.get(),
  asynchronous,
  joinall([generator]),
  wait([generator]),
  wait(),
  withTimeout(10, numbers, { timeoutValue: undefined }),
  shield(numbers),
  until(answer),
  iwait([generator]).next(),
]);
check<
  Equal<
    typeof results,
    [
      number,
      number,
      string,
      Greenlet<number>[],
      Greenlet<number>[],
      boolean,
      number | undefined,
      number,
      'yes' | 'no',
      IteratorResult<Greenlet<number>, undefined>,
    ]
  >
>();
const slept = await sleep(1);
check<Equal<typeof slept, void>>();
for await (const ready of iwait([new Event(), new Lock()])) check<Equal<typeof ready, Event | Lock>>();
const steps = new Iteration<number>(() => spawn(() => ({ done: true as const, value: undefined })));
check<Equal<ReturnType<typeof steps.next>, Operation<IteratorResult<number, undefined>>>>();
// @ts-expect-error an iteration is asynchronous
for (const job of iwait([generator])) check<Equal<typeof job, never>>();

// run gives a promise of what main returns.
const ranGenerator = run(length, 'text');
const ranAsync = run(upper, 'text');
const ranPlain = run(() => 1);
check<Equal<typeof ranGenerator, Promise<number>>>();
check<Equal<typeof ranAsync, Promise<string>>>();
check<Equal<typeof ranPlain, Promise<number>>>();
// @ts-expect-error a string, not a number
run(length, 1);
// @ts-expect-error a generator is not a function
run(length('text'));

const timeout = new Timeout(50, new Error('late'));
check<Equal<ReturnType<typeof Timeout.startNew>, Timeout>>();
check<Equal<typeof timeout.pending, boolean>>();
check<Equal<typeof timeout.ms, number>>();
accepts<Disposable>(timeout);
// @ts-expect-error an error or a text
new Timeout(50, 50);
// @ts-expect-error a time is needed
new Timeout();

check<Equal<ReturnType<typeof getHub>, Hub>>();
check<Equal<Hub['switchInterval'], number>>();
getHub().handleError = (greenlet, error) => {
  check<Equal<typeof greenlet, RawGreenlet>>();
  check<Equal<typeof error, unknown>>();
};
accepts<Error>(new LoopExit('nothing can happen'));
