/**
 * The program that `console.ts` measures while its console is looked at: `console-program.ts <greenlets>`. Most of its greenlets
 * wait; two of them pass items through a queue as fast as they can.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type Coroutine, Event, Lock, Queue, run, sleep, spawn } from 'greenhub';
import { serve } from 'greenhub/inspect';

/** What the program has done for a while. Times are in milliseconds. */
export interface Work {
  items: number;
  wall: number;
  /** Processor time. */
  cpu: number;
  /** The longest time between two turns of the event loop. */
  longest: number;
}

const queues = Array.from({ length: 50 }, () => new Queue<number>());
const locks = Array.from({ length: 10 }, () => new Lock());
const event = new Event();

function* take(queue: Queue<number>): Coroutine<void> {
  yield* queue.get();
}

function* lockIt(lock: Lock): Coroutine<void> {
  using _held = yield* lock.hold();
  yield* event.wait();
}

function* rest(ms: number): Coroutine<void> {
  yield* sleep(ms);
}

function startWaiting(count: number): void {
  for (let i = 0; i < count; i += 1) {
    const kind = i % 10;
    if (kind < 6) spawn(take, queues[i % queues.length] as Queue<number>);
    else if (kind < 8) spawn(() => event.wait());
    else if (kind < 9) spawn(lockIt, locks[i % locks.length] as Lock);
    else spawn(rest, 1e6 + i);
  }
}

let items = 0;
const pipe = new Queue<number>(1);

function* putAll(): Coroutine<void> {
  for (;;) yield* pipe.put(1);
}

function* getAll(): Coroutine<void> {
  for (;;) items += yield* pipe.get();
}

async function measure(ms: number): Promise<Work> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const [before, begun, used] = [items, performance.now(), process.cpuUsage()];
  await pause(ms);
  const { user, system } = process.cpuUsage(used);
  delays.disable();
  return {
    items: items - before,
    wall: performance.now() - begun,
    cpu: (user + system) / 1_000,
    longest: delays.max / 1e6,
  };
}

startWaiting(Number(process.argv[2]));
const { url } = await run(() => serve());
spawn(putAll);
spawn(getAll);
process.on('message', async (ms: number) => process.send?.(await measure(ms)));
process.on('disconnect', () => process.exit());
process.send?.(url);
