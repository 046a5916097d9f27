// What the ESLint rule finds with type information. A line that it has to report ends in a comment that says so; every other
// line is right.
import { EventEmitter } from 'node:events';
import type net from 'node:net';
import 'greenhub/monkey';
import { all, type Greenlet, killall, type Queue, spawn, withTimeout } from 'greenhub';
import * as helpers from './helpers.js';
import * as mp from 'greenhub/process';
import { annotated, load, maybe, numbers, pause, Repository, rows, type Store } from './helpers.js';

const repository = new Repository();
const emitter = new EventEmitter();

export function* statements(store: Store, queue: Queue<string>, jobs: Greenlet<void>[], socket: net.Socket) {
  load('a'); // finds
  helpers.load('a'); // finds
  annotated(); // finds
  pause(5); // finds
  maybe(); // finds
  numbers(); // finds
  repository.find(1); // finds
  repository.all(); // finds
  store.save('a'); // finds
  queue.put('a'); // finds
  socket.sendall('a'); // finds
  jobs[0]?.join(); // finds
  yield load('a') as never; // finds

  killall(jobs);
  jobs[0]?.kill();
  queue.putNowait('a');
  repository.cached(1);
  repository.stop();
  socket.write('a');
  rows();
  spawn(load, 'a');
  void load('a');
  yield* load('a');
  yield* pause(5);
  yield* store.save('a');
  yield numbers() as never;
}

export function* processes(queue: mp.Queue<string>, gate: mp.Barrier, pool: mp.ThreadPool, manager: mp.Manager) {
  const square = mp.remote(import.meta.url, 'square', function* (n: number) {
    yield* pause(1);
    return n * n;
  });
  const job = new mp.Process({ target: square, args: [3] }).start();
  const [ours] = mp.Pipe<string>();

  queue.get(); // finds
  queue.putNowait('a'); // finds
  gate.waiting(); // finds
  pool.apply(square, [3]); // finds
  mp.offload(square, 3); // finds
  square(3); // finds
  job.join(); // finds
  ours.send('a'); // finds
  manager.dict().clear(); // finds
  yield queue.qsize() as never; // finds

  new mp.Lock().release();
  queue.shutdown();
  pool.applyAsync(square, [3]).kill();
  pool.terminate();
  job.terminate();
  job.kill();
  manager.shutdown();
  yield* queue.get();
}

export function* unused() {
  const page = load('a'); // finds
  const wait = pause(1); // finds
  let late: unknown;
  late = repository.find(1); // finds
  const _meant = load('a');
  const used = load('a');
  return yield* used;
}

export function callbacks(
  items: string[],
  queue: Queue<string>,
  each: (body: () => unknown) => void,
  run: (done: () => void) => void,
) {
  items.forEach((item) => load(item)); // finds
  items.forEach((item) => queue.put(item)); // finds
  emitter.on('data', (item: string) => queue.put(item)); // finds
  run(() => pause(1)); // finds
  setTimeout(() => load('a'), 1); // finds
  new Promise<void>(() => pause(1)); // finds
  const stop: () => void = () => pause(1); // finds

  stop();
  each(() => pause(1));
  each(() => load('a'));
  items.map((item) => load(item));
  items.forEach((item) => spawn(load, item));
  items.forEach((item) => void load(item));
  items.filter((item) => repository.cached(item.length));
  Promise.resolve().then(() => pause(1));
  return withTimeout(5, () => load('a'));
}

export function* iterated(promise: Promise<string[]>, queue: Queue<string>, text: string[] | Promise<string[]>) {
  const [first] = promise; // finds
  const spread = [...promise]; // finds
  for (const row of rows()) console.log(row); // finds
  const [a] = all([() => load('a')]); // finds
  const [b] = load('a'); // finds
  const items = [...queue.get()]; // finds

  const [c] = yield* promise;
  const [d] = numbers();
  for (const number of numbers()) console.log(number);
  const more = [...numbers(), ...(yield* rows())];
  const copy = { ...promise };
  if (Array.isArray(text)) for (const line of text) console.log(line);
  return { first, spread, a, b, items, c, d, more, copy };
}

export async function outside(queue: Queue<string>) {
  queue.get(); // finds
  load('a'); // finds
  await load('a'); // finds
  const [row] = rows(); // finds
  await queue.get();
  await spawn(load, 'a');
  return row;
}
