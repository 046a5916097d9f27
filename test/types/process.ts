import { forEach, type Iteration, type Operation, sleep } from 'greenhub';
import * as mp from 'greenhub/process';
import { check, type Equal } from './expect.js';

const square = mp.remote(import.meta.url, 'square', function* (n: number) {
  yield* sleep(1);
  return n * n;
});
const load = mp.remote(import.meta.url, 'load', async (url: string, retries = 3) => ({ url, retries }));
const anywhere: mp.TargetModule = { module: new URL('./work.js', import.meta.url), export: 'work' };

class Countdown extends mp.Process<string, [from: number]> {
  override *run() {
    yield* sleep(this.args[0]);
    return 'lift-off';
  }
}

check<Equal<ReturnType<typeof load>, Promise<{ url: string; retries: number }>>>();

function* processes() {
  const process = new mp.Process({ target: square, args: [3] });
  check<Equal<typeof process, mp.Process<number, [n: number]>>>();
  const value = yield* process.start();
  check<Equal<typeof value, number>>();
  const loaded = yield* new mp.Process({ target: load, args: ['a'] }).start();
  check<Equal<typeof loaded, { url: string; retries: number }>>();
  const text = yield* new Countdown({ args: [3] }).start();
  check<Equal<typeof text, string>>();
  const unknown = yield* new mp.Process({ target: anywhere, args: [1, 'a'] }).start();
  check<Equal<typeof unknown, unknown>>();
  const hasEnded = yield* process.join({ timeout: 1 });
  check<Equal<typeof hasEnded, boolean>>();
  // @ts-expect-error the target takes a number
  new mp.Process({ target: square, args: ['3'] });
}

function* pools(pool: mp.ProcessPool | mp.ThreadPool) {
  check<Equal<ReturnType<typeof pool.terminate>, Operation<void>>>();
  const one = yield* pool.apply(square, [1]);
  check<Equal<typeof one, number>>();
  const lists = [['a', 1] as const, ['b', 2] as const] as const;
  const all = yield* pool.starmap(load, lists);
  check<Equal<typeof all, { url: string; retries: number }[]>>();
  yield* pool.apply(load, lists[0]);
  yield* pool.starmap(load, [['a'], ['b', 3]]);
  const later = pool.applyAsync(square, [2], {
    callback(result) {
      check<Equal<typeof result, number>>();
    },
  });
  const got = yield* later.get();
  check<Equal<typeof got, number>>();
  const each = pool.imap(square, [1, 2]);
  check<Equal<typeof each, Iteration<number>>>();
  const offloaded = yield* mp.offload(load, 'a', 1);
  check<Equal<typeof offloaded, { url: string; retries: number }>>();
  // @ts-expect-error the target takes a number
  pool.apply(square, ['1']);
  // @ts-expect-error the target takes numbers
  pool.map(square, ['1']);
  // @ts-expect-error the second argument is a number
  pool.starmap(load, [['a', 'b']]);
  // @ts-expect-error the target takes a string first
  mp.offload(load, 1);
}

function* shared(queue: mp.Queue<Date>) {
  yield* forEach(queue, (item) => {
    check<Equal<typeof item, Date>>();
  });
  const size = yield* queue.qsize();
  check<Equal<typeof size, number>>();
  const [ours] = mp.Pipe<string>();
  const received = yield* ours.recv();
  check<Equal<typeof received, string>>();
  const count = new mp.Value('i64', 0n);
  check<Equal<typeof count.value, bigint>>();
  const cells = new mp.SharedArray('f32', [1, 2]);
  check<Equal<(typeof cells.array)[number], number>>();
  // @ts-expect-error numbers of 64 bits are BigInts
  new mp.Value('i64', 0);
  const manager = yield* mp.Manager.start();
  const scores = manager.dict<string, number>();
  const score = yield* scores.get('anna');
  check<Equal<typeof score, number | undefined>>();
  const list = yield* manager.list([new Date()]).copy();
  check<Equal<typeof list, Date[]>>();
}

export const used = [processes, pools, shared];
