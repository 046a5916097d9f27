import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import type { Coroutine } from '../../../lib/greenlet/operation.ts';
import { Event, joinall, sleep, spawn, until } from '../../../lib/index.ts';
import { family } from '../../../lib/process/child/family.ts';
import { ConnectionLostError, Lock, Manager, Process } from '../../../lib/process/index.ts';
import { suite } from '../../support/harness.ts';
import { failureOf } from './managed.ts';

const test = suite('process/manager/manager');

const module = new URL('../targets/managed.js', import.meta.url);
const connects = new URL('../targets/connects.js', import.meta.url);

/** What a Manager keeps to itself. */
function serverOf(manager: Manager): { kill(): void; pid: number } {
  return (manager as unknown as { started: { child: { kill(): void; pid: number } } }).started.child;
}

/** Waits until the server has ended. */
function* endOf(manager: Manager): Coroutine<void> {
  yield* manager.shutdown();
}

for (const kind of ['process', 'thread'] as const) {
  const onManager = (name: string, body: (manager: Manager) => Coroutine<void>): void =>
    test(`${name} (server: ${kind})`, async () => {
      const manager = await Manager.start({ kind });
      try {
        await spawn(body, manager);
      } finally {
        await manager.shutdown();
      }
    });

  onManager('data and primitives of a Manager work at once', function* (manager) {
    const lock = manager.lock();
    const queue = manager.queue<string>(1);
    const joinable = manager.joinableQueue<number>();
    const event = manager.event();
    const semaphore = manager.semaphore(2);
    const bounded = manager.boundedSemaphore(1);
    const barrier = manager.barrier(1);

    yield* lock.acquire();
    assert.is(yield* lock.locked(), true);
    lock.release();
    yield* queue.put('item');
    assert.is(queue.maxsize, 1);
    assert.is(yield* queue.full(), true);
    assert.is(yield* queue.get(), 'item');
    yield* joinable.put(1);
    assert.is(yield* joinable.unfinishedTasks(), 1);
    event.set();
    assert.is(yield* event.wait(), true);
    assert.is(yield* semaphore.counter(), 2);
    assert.is(yield* bounded.acquire(), true);
    assert.is(yield* bounded.locked(), true);
    assert.is(yield* barrier.wait(), 0);
  });

  onManager('a condition of a Manager waits for a notification', function* (manager) {
    const condition = manager.condition();
    const isHeld = new Event();
    const waiter = spawn(function* () {
      using _ = yield* condition.lock.hold();
      isHeld.set();
      return yield* condition.wait();
    });
    yield* isHeld.wait();

    yield* condition.lock.acquire();
    condition.notify();
    condition.lock.release();

    assert.is(yield* waiter.get(), true);
  });

  onManager('proxies travel to processes and threads, which need not import anything', function* (manager) {
    const list = manager.list<number>();
    const kinds = ['process', 'thread'] as const;
    const fillers = kinds.map((each) =>
      new Process({ target: { module, export: 'fill' }, args: [list, 5], kind: each }).start(),
    );
    yield* joinall(fillers, { raiseError: true });

    yield* list.sort();
    assert.equal(yield* list.copy(), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  onManager('a lock comes back when the process that holds it ends', function* (manager) {
    const lock = manager.lock();
    const isHeld = manager.event();
    const holder = new Process({ target: { module, export: 'hold' }, args: [lock, isHeld], daemon: true }).start();
    yield* isHeld.wait();

    yield* holder.kill();
    yield* lock.acquire();

    assert.is(lock.abandoned, true);
    lock.release();
  });

  onManager('whoever asks for a name gets the same object, made by the first', function* (manager) {
    const first = manager.dict({ a: 1 }, { name: 'scores' });
    const second = manager.dict({ b: 2 }, { name: 'scores' });
    yield* second.set('c', 3);

    assert.is(second, first);
    assert.is(first.name, 'scores');
    assert.equal([...(yield* first.copy())], Object.entries({ a: 1, c: 3 }));
  });

  onManager('a name that stands for something else is a TypeError at the first use', function* (manager) {
    yield* manager.list([1], { name: 'scores' }).length();
    const error = yield* failureOf(manager.dict({}, { name: 'scores' }).size());

    assert.instance(error, TypeError);
    assert.match(String(error), '"scores" is a list of this Manager, not a dict');
    assert.is(yield* manager.list([], { name: 'scores' }).length(), 1);
  });

  onManager('a condition with a name has one lock for all', function* (manager) {
    const condition = manager.condition({ name: 'changed' });

    assert.is(manager.condition({ name: 'changed' }), condition);
    assert.is(manager.condition({ name: 'changed' }).lock, condition.lock);
  });

  onManager('a process of the same program connects without a key', function* (manager) {
    const target = { module: connects, export: 'increment' };
    const children = [0, 1].map(() => new Process({ target, args: [manager.address] }).start());
    yield* joinall(children, { raiseError: true });

    assert.is(yield* manager.dict(undefined, { name: 'counts' }).get('connected'), 2);
  });

  onManager('its own process can connect too, and leaves the server alone when it leaves', function* (manager) {
    const again = yield* Manager.connect({ address: manager.address as string });
    const value = again.value(5);
    yield* again.shutdown();

    assert.is(yield* value.get(), 5);
  });

  onManager('the end of the server raises ConnectionLostError at all who use it', function* (manager) {
    const queue = manager.queue();
    const child = new Process({ target: { module, export: 'get' }, args: [queue] }).start();
    const waiters = [queue.get(), child].map((wait) => spawn(failureOf, wait));
    yield* queue.qsize();

    yield* manager.shutdown();

    for (const waiter of waiters) assert.instance(yield* waiter, ConnectionLostError);
    assert.instance(yield* failureOf(manager.dict().size()), ConnectionLostError);
  });

  onManager('the socket is in a folder of its own, which goes with the server', function* (manager) {
    const folder = dirname(manager.address as string);
    assert.is(statSync(folder).mode & 0o777, 0o700);

    yield* manager.shutdown();
    assert.is(existsSync(folder), false);
  });

  onManager('a server that ends by force leaves no folder either', function* (manager) {
    const folder = dirname(manager.address as string);
    const value = manager.value(1);
    yield* value.get();
    const waiter = spawn(failureOf, manager.queue().get());
    yield* sleep(0);

    serverOf(manager).kill();

    assert.instance(yield* waiter, ConnectionLostError);
    yield* endOf(manager);
    assert.is(existsSync(folder), false);
  });

  onManager('a client that sends garbage is dropped, and the others are served on', function* (manager) {
    const value = manager.value(1);
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(1_000_000, 7)]) {
      const socket = connect(manager.address as string);
      socket.on('error', () => {}).resume();
      socket.write(garbage);
      yield* until(new Promise((settle) => socket.once('close', settle)));
    }

    assert.is(yield* value.increment(), 2);
  });
}

test('the key of a program is not in the environment or the command line of its processes', async () => {
  const manager = await Manager.start();
  const child = new Process<string>({ target: { module, export: 'visible' } }).start();
  const seen = await child;
  const { key } = family();
  await manager.shutdown();

  for (const form of ['hex', 'base64', 'latin1'] as const)
    assert.not.ok(seen.includes(Buffer.from(key).toString(form)));
});

test('a value over the limit is a RangeError for the program of the server too, and nothing is lost', async () => {
  const manager = await Manager.start({ maxMessageBytes: 10_000 });
  const queue = manager.queue<string>();
  const isRangeError = (error: unknown): boolean => error instanceof RangeError;
  const long = 'x'.repeat(10_000);
  await spawn(function* () {
    assert.ok(isRangeError(yield* failureOf(queue.put(long))));
    assert.ok(isRangeError(yield* failureOf(manager.dict<string, string>().set('key', long))));
    assert.throws(() => manager.list([long]), isRangeError);
    for (let i = 0; i < 20; i += 1) spawn(() => queue.put('x'.repeat(9_000)));
    for (let i = 0; i < 20; i += 1) assert.is((yield* queue.get()).length, 9_000);
  });
  await manager.shutdown();
});

for (const signal of ['SIGINT', 'SIGHUP'] as const) {
  test(`a server ignores ${signal} of a terminal, because the cleanup of its users may need it`, async () => {
    const manager = await Manager.start();
    process.kill(serverOf(manager).pid, signal);

    assert.is(await manager.value(1).increment(), 2);
    await manager.shutdown();
  });
}

test('a killed start leaves no server', async () => {
  const starting = spawn(() => Manager.start({ kind: 'thread' }));
  await sleep(0);
  await starting.kill();

  assert.is(starting.ready(), true);
});

test('`using` ends a server', async () => {
  let address = '';
  await spawn(function* () {
    using manager = yield* Manager.start({ kind: 'thread' });
    address = manager.address as string;
    yield* manager.value(1).get();
  });
  const error = await spawn(function* () {
    for (;;) {
      const again = yield* Manager.connect({ address });
      yield* again.shutdown();
    }
  }).then(
    () => null,
    (failure: unknown) => failure,
  );

  assert.ok(error instanceof Error);
});

test('a host and port need a key', () => {
  const isTypeError = (error: unknown): boolean => error instanceof TypeError && /authkey/.test(error.message);

  assert.throws(() => Manager.start({ address: { port: 0 } }), isTypeError);
  assert.throws(() => Manager.connect({ address: { port: 1 } }), isTypeError);
});

test('wrong options are refused at once', async () => {
  const isTypeError = (error: unknown): boolean => error instanceof TypeError;
  const isRangeError = (error: unknown): boolean => error instanceof RangeError;

  assert.throws(() => Manager.start({ kind: 'fork' as never }), isTypeError);
  assert.throws(() => Manager.start({ address: '/tmp/socket' as never }), isTypeError);
  assert.throws(() => Manager.start({ authkey: 5 as never }), isTypeError);
  assert.throws(() => Manager.start({ authkey: '' }), isRangeError);
  assert.throws(() => Manager.start({ maxMessageBytes: 10 }), isRangeError);
  assert.throws(() => Manager.start({ address: { port: 70_000 }, authkey: 'key' }), isRangeError);
  const manager = await Manager.start({ kind: 'thread' });
  assert.throws(() => manager.queue(-1), isRangeError);
  assert.throws(() => manager.semaphore(-1), isRangeError);
  assert.throws(() => manager.barrier(0), isRangeError);
  assert.throws(() => manager.lock({ name: 5 as never }), isTypeError);
  assert.throws(() => manager.condition(new Lock()), isTypeError);
  await manager.shutdown();
});

test('an address that is taken is the error of the system', async () => {
  const manager = await Manager.start({ kind: 'thread', address: { port: 0 }, authkey: 'key' });
  const { port } = manager.address as { port: number };
  const error = await spawn(function* () {
    return yield* failureOf(Manager.start({ kind: 'thread', address: { port }, authkey: 'key' }));
  });
  await manager.shutdown();

  assert.is((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
});

test.run();
