import { type Coroutine, type Iteration, joinall, type Operation, sleep, spawn } from 'greenhub';
import * as mp from 'greenhub/process';
import { check, type Equal } from './expect.js';

const square = mp.remote(import.meta.url, 'square', function* (n: number) {
  yield* sleep(1);
  return n * n;
});
const area = mp.remote(import.meta.url, 'area', (width: number, height: number) => width * height);
const load = mp.remote(import.meta.url, 'load', async (url: URL) => ({ url, text: 'text' }));
const later = mp.remote(import.meta.url, 'later', (text: string) => spawn(() => text).get());
const byModule = { module: 'file:///work.js', export: 'square' };
declare const pool: mp.ThreadPool;
declare const numbers: number[];
declare const chunks: AsyncGenerator<number>;

function* remotes() {
  // remote() gives the function itself.
  const nine = yield* square(3);
  check<Equal<typeof nine, number>>();
  check<Equal<ReturnType<typeof area>, number>>();
  // @ts-expect-error the argument is a number
  square('3');
  // @ts-expect-error the name of the export is missing
  mp.remote(import.meta.url, square);
}

function* processes() {
  const job = new mp.Process({ target: square, args: [3] }).start();
  check<Equal<typeof job, mp.Process<number, [n: number]>>>();
  const value = yield* job;
  check<Equal<typeof value, number>>();
  const got = yield* job.get({ timeout: 5 });
  check<Equal<typeof got, number>>();
  check<Equal<typeof job.value, number | undefined>>();
  check<Equal<typeof job.args, [n: number]>>();
  const hasEnded = yield* job.join({ timeout: 5 });
  check<Equal<typeof hasEnded, boolean>>();
  check<Equal<ReturnType<typeof job.terminate>, Operation<void>>>();
  check<Equal<ReturnType<typeof job.kill>, Operation<void>>>();
  const ended = yield* joinall([job]);
  check<Equal<(typeof ended)[number], typeof job>>();
  job.link((process) => check<Equal<typeof process, typeof job>>());

  const loaded = yield* new mp.Process({ target: load, args: [new URL('file:///a')] }).start();
  check<Equal<typeof loaded, { url: URL; text: string }>>();
  const product = yield* new mp.Process({ target: area, args: [2, 3], kind: 'thread' }).start().get();
  check<Equal<typeof product, number>>();
  const unknown = yield* new mp.Process({ target: byModule, args: [3] }).start();
  check<Equal<typeof unknown, unknown>>();
  // @ts-expect-error the argument is a number
  new mp.Process({ target: square, args: ['3'] });
  // @ts-expect-error there is no such option
  new mp.Process({ target: square, arguments: [3] });
  // @ts-expect-error grace is in milliseconds
  job.terminate({ grace: '1s' });
}

const Counter = mp.remote(
  import.meta.url,
  'Counter',
  class extends mp.Process<number, [limit: number]> {
    override *run() {
      yield* sleep(1);
      return this.args[0];
    }
  },
);

function* subclasses() {
  const counted = yield* new Counter({ args: [3] }).start();
  check<Equal<typeof counted, number>>();
  // @ts-expect-error the argument is a number
  new Counter({ args: ['3'] });
}

async function outside() {
  const value = await new mp.Process({ target: square, args: [3] }).start();
  check<Equal<typeof value, number>>();
  const result = await pool.apply(square, [3]);
  check<Equal<typeof result, number>>();
  for await (const each of pool.imap(square, numbers)) check<Equal<typeof each, number>>();
}

function* pools() {
  const nine = yield* pool.apply(square, [3]);
  check<Equal<typeof nine, number>>();
  const text = yield* pool.apply(later, ['a'], { timeout: 5 });
  check<Equal<typeof text, string>>();
  const unknown = yield* pool.apply(byModule, [3]);
  check<Equal<typeof unknown, unknown>>();
  // @ts-expect-error the argument is a number
  pool.apply(square, ['3']);
  // @ts-expect-error an argument is missing
  pool.apply(area, [2]);
  // @ts-expect-error the arguments are a list
  pool.apply(square, 3);

  const result = pool.applyAsync(load, [new URL('file:///a')], {
    callback: (value) => check<Equal<typeof value, { url: URL; text: string }>>(),
    errorCallback: (error) => check<Equal<typeof error, unknown>>(),
  });
  check<Equal<typeof result, mp.PoolResult<{ url: URL; text: string }>>>();
  const loaded = yield* result.get();
  check<Equal<typeof loaded, { url: URL; text: string }>>();
  check<Equal<ReturnType<typeof result.kill>, Operation<void>>>();

  const squares = yield* pool.map(square, numbers, { chunksize: 2 });
  check<Equal<typeof squares, number[]>>();
  const ofStream = yield* pool.map(square, chunks);
  check<Equal<typeof ofStream, number[]>>();
  // @ts-expect-error the items are numbers
  pool.map(square, ['a']);
  const areas = yield* pool.starmap(area, [
    [2, 3],
    [4, 5],
  ]);
  check<Equal<typeof areas, number[]>>();
  // @ts-expect-error an argument is missing
  pool.starmap(area, [[2]]);
  const mapped = pool.mapAsync(square, numbers, { callback: (values) => check<Equal<typeof values, number[]>>() });
  check<Equal<typeof mapped, mp.PoolResult<number[]>>>();
  check<Equal<ReturnType<typeof iterate>, Iteration<number>>>();

  const offloaded = yield* mp.offload(area, 2, 3);
  check<Equal<typeof offloaded, number>>();
  // @ts-expect-error an argument is missing
  mp.offload(area, 2);
  check<Equal<ReturnType<typeof pool.terminate>, Operation<void>>>();
  // @ts-expect-error threads have the environment of the process
  new mp.ThreadPool(2, { env: {} });
  new mp.ProcessPool(2, { env: {}, concurrency: 10, initializer: square, initargs: [1] });
}

function iterate() {
  return pool.imapUnordered(square, numbers, { maxsize: 3 });
}

const read = mp.remote(import.meta.url, 'read', function* (queue: mp.Queue<string>, gate: mp.Barrier): Coroutine<void> {
  const item = yield* queue.get();
  check<Equal<typeof item, string>>();
  yield* gate.wait();
});

function* shared() {
  const queue = new mp.Queue<string>(2);
  check<Equal<typeof queue, mp.Queue<string>>>();
  yield* queue.put('a');
  // @ts-expect-error the items are strings
  queue.put(1);
  const item = yield* queue.getNowait();
  check<Equal<typeof item, string>>();
  const size = yield* queue.qsize();
  check<Equal<typeof size, number>>();
  check<Equal<typeof queue.maxsize, number>>();
  check<Equal<ReturnType<typeof queue.shutdown>, void>>();
  const jobs = new mp.JoinableQueue<{ id: number }>();
  const job = yield* jobs.get({ timeout: 5 });
  check<Equal<typeof job, { id: number }>>();
  const isDone = yield* jobs.join();
  check<Equal<typeof isDone, boolean>>();

  const gate = new mp.Barrier(2);
  const isBroken = yield* gate.isBroken();
  check<Equal<typeof isBroken, boolean>>();
  const waiting = yield* gate.waiting();
  check<Equal<typeof waiting, number>>();
  new mp.Process({ target: read, args: [queue, gate] }).start();
  // @ts-expect-error the items of the queue are of another type
  new mp.Process({ target: read, args: [jobs, gate] });

  const lock = new mp.Lock();
  const isAcquired = yield* lock.acquire({ timeout: 5 });
  check<Equal<typeof isAcquired, boolean>>();
  check<Equal<ReturnType<typeof lock.release>, void>>();
  using held = yield* lock.hold();
  check<Equal<typeof held, Disposable>>();

  const count = new mp.Value('i32');
  check<Equal<typeof count.value, number>>();
  const large = new mp.Value('u64', 1n);
  check<Equal<ReturnType<typeof large.add>, bigint>>();
  // @ts-expect-error numbers of 64 bits are BigInts
  new mp.Value('u64', 1);
  const [ours, theirs] = mp.Pipe<Date>({ duplex: false });
  const date = yield* ours.recv();
  check<Equal<typeof date, Date>>();
  yield* theirs.send(date);
}

function* managed() {
  using manager = yield* mp.Manager.start();
  check<Equal<typeof manager, mp.Manager>>();
  const scores = manager.dict<string, number>();
  const score = yield* scores.get('anna');
  check<Equal<typeof score, number | undefined>>();
  const orNull = yield* scores.get('anna', null);
  check<Equal<typeof orNull, number | null>>();
  const copy = yield* scores.copy();
  check<Equal<typeof copy, Map<string, number>>>();
  const names = manager.list(['a']);
  check<Equal<typeof names, mp.ListProxy<string>>>();
  const first = yield* names.get(0);
  check<Equal<typeof first, string>>();
  const settings = manager.namespace({ depth: 3, isVerbose: false });
  const depth = yield* settings.get('depth');
  check<Equal<typeof depth, number>>();
  // @ts-expect-error it is a number
  settings.set('depth', 'deep');
  const value = yield* manager.value(new Date()).get();
  check<Equal<typeof value, Date>>();
  const queue = manager.queue<string>(1, { name: 'urls' });
  check<Equal<typeof queue, mp.Queue<string>>>();
  const again = yield* mp.Manager.connect({ address: manager.address });
  check<Equal<typeof again, mp.Manager>>();
}

void [remotes, processes, subclasses, outside, pools, shared, managed];
