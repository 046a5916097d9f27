import { AsyncResult, any, type Coroutine, getHub, idle, joinall, race, select, shield, sleep, spawn } from 'greenhub';
import * as mp from 'greenhub/process';

/** Takes a lock, and ends with it. */
export const endHolding = mp.remote(import.meta.url, 'endHolding', function* (lock: mp.Lock | mp.RLock) {
  yield* lock.acquire();
});

/** Takes a lock, says so, and keeps it. */
export const keepHolding = mp.remote(import.meta.url, 'keepHolding', function* (lock: mp.Lock, held: mp.Event) {
  yield* lock.acquire();
  held.set();
  yield* sleep(Infinity);
});

/** Waits for something while another greenlet of the same thread ticks every 5 ms. Returns what the wait gives. */
export const tickWhileWaiting = mp.remote(
  import.meta.url,
  'tickWhileWaiting',
  function* (awaited: mp.Lock | mp.Semaphore | mp.Event | mp.Queue<boolean>, ticks: mp.Queue<number>) {
    const waits = spawn(function* () {
      if (awaited instanceof mp.Event) return yield* awaited.wait();
      return yield* awaited instanceof mp.Queue ? awaited.get() : awaited.acquire();
    });
    for (let tick = 0; !waits.ready(); tick += 1) {
      yield* sleep(5);
      yield* ticks.put(tick);
    }
    return yield* waits.get();
  },
);

/** Says that it is about to take an item, and takes it. */
export const take = mp.remote(import.meta.url, 'take', function* (queue: mp.Queue<number>, ready: mp.Event) {
  ready.set();
  return yield* queue.get();
});

type Branch = () => Coroutine<number>;

/** How a combinator takes an item in one branch while another branch, a loser, ends slowly. */
const combined = {
  'race()': (get: Branch, loser: Branch) => race([get, loser]),
  'any()': (get: Branch, loser: Branch) => any([get, loser]),
  'select()': (get: Branch, loser: Branch) => select({ get, loser }),
  'race() in a branch of race()': (get: Branch, loser: Branch) => race([() => race([get, sleep(Infinity)]), loser]),
  "race() in a loser's race()": (get: Branch, loser: Branch) => race([() => race([get, loser]), sleep(Infinity)]),
};

export const combinations = Object.keys(combined) as (keyof typeof combined)[];

/**
 * Takes an item in a branch. The losers end when `end` is set, and `losing` says that they are about to.
 *
 * @param goesOn whether the branch waits for something else after it has the item
 */
export const takeInBranch = mp.remote(
  import.meta.url,
  'takeInBranch',
  function* (how: keyof typeof combined, goesOn: boolean, queue: mp.Queue<number>, losing: mp.Event, end: mp.Event) {
    yield* combined[how](
      function* () {
        const item = yield* queue.get();
        if (goesOn) yield* idle();
        return item;
      },
      function* () {
        try {
          yield* sleep(Infinity);
          return 0;
        } finally {
          losing.set();
          yield* shield(() => end.wait());
        }
      },
    );
    losing.clear();
    yield* sleep(Infinity);
  },
);

/** Does a job, says so, and ends its thread or process in the same turn of the event loop. */
export const finishAndExit = mp.remote(
  import.meta.url,
  'finishAndExit',
  function* (jobs: mp.JoinableQueue<number>, lock: mp.Lock, done: mp.Event) {
    yield* lock.acquire();
    yield* jobs.get();
    jobs.taskDone();
    lock.release();
    done.set();
    process.exit(0);
  },
);

/** Increments a number in a queue of one item, guarded by a lock, from several greenlets. */
export const increment = mp.remote(
  import.meta.url,
  'increment',
  function* (lock: mp.Lock, cell: mp.Queue<number>, greenlets: number, times: number) {
    const job = function* () {
      for (let n = 0; n < times; n += 1) {
        using _ = yield* lock.hold();
        const value = yield* cell.get();
        yield* cell.put(value + 1);
      }
    };
    yield* joinall(
      Array.from({ length: greenlets }, () => spawn(job)),
      { raiseError: true },
    );
  },
);

/** Calls one method of a shared object. Returns what it gives. */
export const call = mp.remote(
  import.meta.url,
  'call',
  function* (object: object, method: string, ...args: unknown[]): Generator<never, unknown, unknown> {
    const result: unknown = Reflect.apply(Reflect.get(object, method), object, args);
    if (typeof result === 'object' && result !== null && Symbol.iterator in result) {
      return yield* result as unknown as Generator<never, unknown, unknown>;
    }
    return result;
  },
);

/** Makes a queue, and puts an item into it. */
export const makeQueue = mp.remote(import.meta.url, 'makeQueue', function* () {
  const queue = new mp.Queue<string>();
  yield* queue.put('made elsewhere');
  return queue;
});

/** Returns a permit that is not out. Returns the error that the hub is told. */
export const releaseTooOften = mp.remote(
  import.meta.url,
  'releaseTooOften',
  function* (semaphore: mp.BoundedSemaphore) {
    const told = new AsyncResult<string>();
    getHub().handleError = (_, error) => told.set(String(error));
    semaphore.release();
    return yield* told.get();
  },
);

/** Waits for a notification of a condition. */
export const waitFor = mp.remote(import.meta.url, 'waitFor', function* (condition: mp.Condition, waiting: mp.Event) {
  using _ = yield* condition.lock.hold();
  waiting.set();
  return yield* condition.wait();
});

/**
 * Takes a lock again and again, without a pause, until every competitor has had `enough` turns or nobody has any left. Returns how
 * often it was its turn.
 */
export const compete = mp.remote(
  import.meta.url,
  'compete',
  function* (begin: mp.Barrier, lock: mp.Lock, turns: mp.Semaphore, unserved: mp.Semaphore, enough: number) {
    yield* begin.wait();
    for (let own = 0; ; own += 1) {
      using _ = yield* lock.hold();
      if (own === enough) yield* unserved.acquire({ blocking: false });
      if ((yield* unserved.locked()) || !(yield* turns.acquire({ blocking: false }))) return own;
    }
  },
);

/** Calls the function inside an item. */
export const callItem = mp.remote(
  import.meta.url,
  'callItem',
  function* (queue: mp.Queue<{ fn: (n: number) => number }>) {
    const { fn } = yield* queue.get();
    return fn(21);
  },
);

/** Calls the functions inside a dict. */
export const callEntries = mp.remote(
  import.meta.url,
  'callEntries',
  function* (dict: mp.DictProxy<string, (n: number) => number>) {
    const first = (yield* dict.get('double')) as (n: number) => number;
    const [second] = yield* dict.values();
    return [first(1), (second as (n: number) => number)(2)];
  },
);
