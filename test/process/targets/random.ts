import { openSync, writeSync } from 'node:fs';
import { getHub, joinall, race, ShutDown, sleep, spawn } from 'greenhub';
import * as mp from 'greenhub/process';

/** Where a child notes at once what it has put and got. Its notes outlive it, however it ends. */
export type Log = { readonly put: mp.SharedArray<'u8'>; readonly got: mp.SharedArray<'u8'> } | string;

/** Returns the function that notes one item. */
function noteTo(log: Log): (what: 'put' | 'got', item: number) => void {
  if (typeof log === 'string') {
    const file = openSync(log, 'a');
    return (what, item) => void writeSync(file, `${what} ${item}\n`);
  }
  return (what, item) => void Atomics.add(log[what].array, item, 1);
}

/** Pseudo-random numbers below `below`. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

/** Half of the children resume only a greenlet or two before they let the event loop turn, as on a busy machine. */
function perhapsInSmallSteps(random: (below: number) => number): void {
  if (random(2) === 0) getHub().switchInterval = 0;
}

/** Puts items from several greenlets, which also take the lock. */
export const produce = mp.remote(
  import.meta.url,
  'produce',
  function* (
    start: mp.Barrier,
    queue: mp.Queue<number>,
    lock: mp.Lock,
    log: Log,
    seed: number,
    first: number,
    count: number,
  ) {
    const note = noteTo(log);
    yield* start.wait();
    const random = randomFrom(seed);
    perhapsInSmallSteps(random);
    const greenlets = 3;
    const part = function* (from: number) {
      for (let n = from; n < count; n += greenlets) {
        if (random(4) === 0) {
          // Not while it waits for room: the consumers wait for the lock too.
          using _ = yield* lock.hold();
          yield* sleep(0);
        }
        yield* queue.put(first + n);
        note('put', first + n);
      }
    };
    yield* joinall(
      [0, 1, 2].map((from) => spawn(part, from)),
      { raiseError: true },
    );
  },
);

/** Gets items until the queue is shut down, in ways that are cancelled again and again. */
export const consume = mp.remote(
  import.meta.url,
  'consume',
  function* (start: mp.Barrier, queue: mp.Queue<number>, lock: mp.Lock, log: Log, seed: number) {
    const note = noteTo(log);
    yield* start.wait();
    const random = randomFrom(seed);
    perhapsInSmallSteps(random);
    const take = function* () {
      note('got', yield* queue.get());
    };
    const ways = [
      take,
      function* killed() {
        const getter = spawn(take);
        // Its ShutDown, if it gets one, is thrown below.
        getter.link(() => {});
        for (let turns = random(6); turns > 0; turns -= 1) yield* sleep(0);
        yield* getter.kill();
        if (getter.exception instanceof ShutDown) throw getter.exception;
      },
      function* raced() {
        note('got', yield* race([queue.get(), queue.get()]));
      },
      function* locked() {
        using _ = yield* lock.hold();
        yield* sleep(0);
      },
      function* lockKilled() {
        const holder = spawn(function* () {
          yield* lock.acquire();
          yield* sleep(Infinity);
        });
        for (let turns = random(6); turns > 0; turns -= 1) yield* sleep(0);
        yield* holder.kill();
      },
    ];
    try {
      for (;;) yield* (ways[random(ways.length)] as () => Generator<never, void, unknown>)();
    } catch (error) {
      if (!(error instanceof ShutDown)) throw error;
    }
  },
);
