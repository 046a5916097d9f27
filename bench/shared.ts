/**
 * `npm run bench shared [-- --rounds 5]`: the cost of shared locks, queues and data, compared with a bare message to a thread or a child
 * process and its answer. Both sides take turns. The ratio is the median over rounds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Coroutine, Lock, run } from 'greenhub';
import * as mp from 'greenhub/process';
import * as targets from './shared-targets.js';
import { median } from './statistics.ts';
import { textTable } from './text-table.ts';

type Kind = 'thread' | 'process';

const ROUND_TRIPS = 5_000;
const ITEMS = 50_000;
const GREENLETS = 100;
const LOCAL = 200_000;

const print = textTable([40, 0, 12, 12, 8, 10]);

/** Measures everything, and prints a line for each. */
export async function benchShared(args: string[], write: (line: string) => void): Promise<number> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '5' } } });
  const rounds = Number(values.rounds);
  write(print(['', '', 'greenhub', 'beside', 'ratio', 'wanted']));
  const row = async (name: string, wanted: string, ours: () => PromiseLike<number>, beside?: () => Promise<number>) => {
    const [own, other]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      own.push(await ours());
      if (beside !== undefined) other.push(await beside());
    }
    const ratio = beside === undefined ? '' : median(own.map((us, round) => us / (other[round] as number))).toFixed(2);
    write(print([name, '', shown(median(own)), beside === undefined ? '' : shown(median(other)), ratio, wanted]));
  };
  await row('Value.add()', '≤ 30 ns', addToValue);
  await row('lock of this thread, beside a Lock', '≤ 3', lockHere(new mp.Lock()), lockHere(new Lock()));
  for (const kind of ['thread', 'process'] as const) {
    const bare = new Echo(kind);
    const shared = new mp.Lock();
    await row(`lock of another ${kind}`, '≤ 1.2', () => measuredIn(kind, targets.lock, shared, ROUND_TRIPS), bare.time);
    const limit = kind === 'thread' ? '≤ 4 us' : '≤ 12.5 us';
    await row(`queue between ${kind === 'thread' ? 'threads' : 'processes'}, an item`, limit, () => itemsThrough(kind));
    if (kind === 'process') {
      const manager = await mp.Manager.start();
      const dict = manager.dict({ key: 1 });
      await row('Manager, get() of a dict', '≤ 1.5', () => run(() => targets.ask(dict, ROUND_TRIPS)), bare.time);
      const asksBelow = (): Promise<number> => measuredIn(kind, targets.ask, dict, ROUND_TRIPS);
      await row('the same from a child, by its parent', '', asksBelow, bare.time);
      await manager.shutdown();
    }
    await bare.end();
  }
  return 0;
}

/** Microseconds, or nanoseconds for what takes less. */
function shown(us: number): string {
  return us < 1 ? `${Math.round(us * 1_000)} ns` : `${us.toFixed(1)} us`;
}

async function addToValue(): Promise<number> {
  const value = new mp.Value('i32');
  const start = performance.now();
  for (let n = 0; n < 10 * LOCAL; n += 1) value.add(1);
  return ((performance.now() - start) * 1_000) / (10 * LOCAL);
}

function lockHere(lock: mp.Lock | Lock): () => Promise<number> {
  return () =>
    run(function* () {
      const start = performance.now();
      for (let n = 0; n < LOCAL; n += 1) {
        yield* lock.acquire();
        lock.release();
      }
      return ((performance.now() - start) * 1_000) / LOCAL;
    });
}

async function measuredIn<A extends unknown[]>(
  kind: Kind,
  target: (...args: A) => Coroutine<number>,
  ...args: A
): Promise<number> {
  return (await new mp.Process({ target, args, kind }).start()) as number;
}

/** The time for an item that one child puts and another gets, with many greenlets in each. */
async function itemsThrough(kind: Kind): Promise<number> {
  const queue = new mp.Queue<unknown>(1_000);
  const both = await Promise.all([
    measuredIn(kind, targets.put, queue, ITEMS, GREENLETS),
    measuredIn(kind, targets.get, queue, ITEMS, GREENLETS),
  ]);
  return Math.max(...both);
}

/** A thread or process that sends messages back, without this library. */
class Echo {
  private readonly end_: () => Promise<unknown>;
  private readonly send: (message: unknown) => unknown;
  private readonly other: Worker | ChildProcess;

  constructor(kind: Kind) {
    const file = fileURLToPath(new URL('shared-echo.cjs', import.meta.url));
    if (kind === 'thread') {
      const worker = new Worker(file);
      this.send = (message) => worker.postMessage(message);
      this.end_ = () => worker.terminate();
      this.other = worker;
    } else {
      const child = fork(file, { serialization: 'advanced' });
      this.send = (message) => child.send(message as object);
      this.end_ = async () => {
        child.kill();
        await once(child, 'exit');
      };
      this.other = child;
    }
  }

  /** Microseconds for a message and its answer. */
  readonly time = async (): Promise<number> => {
    let start = 0;
    for (let n = 0; n < ROUND_TRIPS + 500; n += 1) {
      if (n === 500) start = performance.now();
      const answered = new Promise((resolve) => (this.other as ChildProcess).once('message', resolve));
      this.send([n, 'key', 'value']);
      await answered;
    }
    return ((performance.now() - start) * 1_000) / ROUND_TRIPS;
  };

  async end(): Promise<void> {
    await this.end_();
  }
}
