// The imports of a program that has neither the types of Node nor those of the DOM.
import {
  all,
  type Coroutine,
  Event,
  type Greenlet,
  joinall,
  Lock,
  nursery,
  type Operation,
  Pool,
  Queue,
  run,
  ShutDown,
  select,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from 'greenhub';
import { call, greenlet } from 'greenhub/greenlet';
import { VirtualClock } from 'greenhub/testing';

declare const console: { log(text: string): void };

const queue: Queue<number> = new Queue<number>(2);
function* produce(count: number): Coroutine<void> {
  for (let n = 1; n <= count; n += 1) yield* queue.put(n);
  queue.shutdown();
}
function* consume() {
  let sum = 0;
  try {
    for (;;) sum += yield* queue.get();
  } catch (error) {
    if (!(error instanceof ShutDown)) throw error;
    return sum;
  }
}
export const pause: Operation<void> = sleep(1);

run(function* main() {
  const producer: Greenlet<void> = spawn(produce, 4);
  const consumer = spawn(consume);
  yield* joinall([producer, consumer], { raiseError: true });
  const lock = new Lock();
  const [sum, text]: [number, string] = yield* all([consumer.get(), until(Promise.resolve('a'))]);
  const first = yield* select({ pause, never: new Event().wait() });
  const inside = yield* withTimeout(60_000, function* () {
    const held = yield* lock.hold();
    held[Symbol.dispose]();
    return yield* call(produceNothing);
  });
  const squares: number[] = yield* new Pool(2).map((n: number) => n * n, [1, 2]);
  yield* nursery(function* (n) {
    n.spawn(produceNothing);
    yield* sleep(0);
  });
  console.log(`core ${sum} ${text} ${first.key} ${inside} ${squares} ${lock.locked()} ${Timeout.name}`);
});
function* produceNothing() {
  yield* sleep(0);
  return 'nothing';
}
const other = greenlet(function* (n: number) {
  return n + 1;
});
other.switch(1);
const clock: typeof VirtualClock = VirtualClock;
if (typeof clock.install !== 'function') throw new Error('no clock');
