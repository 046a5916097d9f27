/** Every object of greenhub/process shows its name and state in one line, and so does every operation of its functions. */
import * as assert from 'uvu/assert';
import { functions } from '../../lib/eslint/vocabulary.ts';
import { type Coroutine, spawn } from '../../lib/index.ts';
import * as mp from '../../lib/process/index.ts';
import { suite } from '../support/harness.ts';
import { plain, type Row, shownClassesOf, shownOf } from './shown.ts';

const test = suite('what is shown of greenhub/process');

const target = { module: new URL('../process/targets/work.js', import.meta.url), export: 'double' };

/** Objects of each class in several states. Run in a greenlet. */
const classes: Record<string, () => Coroutine<readonly Row[]>> = {
  Barrier: () => shared(new mp.Barrier(2), (manager) => manager.barrier(2)),
  BoundedSemaphore: () => shared(new mp.BoundedSemaphore(), (manager) => manager.boundedSemaphore()),
  Condition: () => shared(new mp.Condition(), (manager) => manager.condition()),
  Event: () => shared(new mp.Event(), (manager) => manager.event()),
  JoinableQueue: () => shared(new mp.JoinableQueue(), (manager) => manager.joinableQueue()),
  Lock: () => shared(new mp.Lock(), (manager) => manager.lock()),
  Queue: () => shared(new mp.Queue(), (manager) => manager.queue()),
  RLock: () => shared(new mp.RLock(), (manager) => manager.rlock()),
  Semaphore: () => shared(new mp.Semaphore(), (manager) => manager.semaphore()),
  *Value() {
    return [[new mp.Value('i32', 7), 'Value#N { i32 7 }']];
  },
  *SharedArray() {
    return [[new mp.SharedArray('f64', 3), 'SharedArray#N { 3 f64s }']];
  },
  *Connection() {
    const [open, closed] = mp.Pipe();
    closed.close();
    return [
      [open, 'Connection "Pipe#N.a" { open }'],
      [closed, 'Connection "Pipe#N.b" { was closed }'],
    ];
  },
  *Process() {
    const unstarted = new mp.Process({ target, args: [3], name: 'worker' });
    const ended = new mp.Process({ target, args: [3], name: 'worker', kind: 'thread' }).start();
    assert.match(String(ended), /^Process "worker" { running as thread \d+ }$/);
    yield* ended;
    return [
      [unstarted, 'Process "worker" { not started }'],
      [ended, 'Process "worker" { returned 6, exit code 0 }'],
    ];
  },
  *ThreadPool() {
    return yield* ofPool(new mp.ThreadPool(2), 'ThreadPool');
  },
  *ProcessPool() {
    return yield* ofPool(new mp.ProcessPool(2), 'ProcessPool');
  },
  *Manager() {
    return yield* ofManager((manager) => [manager, `Manager#N { at ${plain(String(manager.address))} }`]);
  },
  DictProxy: () => ofManager((manager) => [manager.dict(), 'DictProxy "Dict#N" { of another thread or process }']),
  ListProxy: () => ofManager((manager) => [manager.list(), 'ListProxy "List#N" { of another thread or process }']),
  NamespaceProxy: () =>
    ofManager((manager) => [manager.namespace(), 'NamespaceProxy "Namespace#N" { of another thread or process }']),
  ValueProxy: () =>
    ofManager((manager) => [manager.value(1), 'ValueProxy "ManagerValue#N" { of another thread or process }']),
};

/** An operation of each function that returns operations. */
const operations: Record<string, () => [operation: object, line: string]> = {
  'process.offload': () => [mp.offload(target, 3), 'Operation { runs apply() }'],
  'process.Manager.start': () => [mp.Manager.start(), 'Operation { runs Manager.start() }'],
  'process.Manager.connect': () => [mp.Manager.connect({ address: 'x' }), 'Operation { runs Manager.connect() }'],
};

function* shared(object: object, make: (manager: mp.Manager) => object): Coroutine<readonly Row[]> {
  const { name } = object.constructor;
  const other = yield* ofManager((manager) => [make(manager), `${name}#N { of another thread or process }`]);
  return [[object, `${name}#N { shared }`], ...other];
}

function* ofPool(pool: mp.ThreadPool | mp.ProcessPool, name: string): Coroutine<readonly Row[]> {
  const before = String(pool);
  yield* pool.terminate();
  assert.is(plain(before), `${name}#N { 2 workers, idle }`);
  return [[pool, `${name}#N { 2 workers, ended }`]];
}

function* ofManager(row: (manager: mp.Manager) => Row): Coroutine<readonly Row[]> {
  using manager = yield* mp.Manager.start({ kind: 'thread' });
  return [row(manager)];
}

for (const [name, make] of Object.entries(classes)) {
  test(`a ${name} shows its name and state in one line`, async () => {
    await spawn(function* () {
      for (const [object, line] of yield* make()) {
        for (const text of shownOf(object)) assert.is(plain(text), line);
      }
    });
  });
}

test('every exported class has a row or is an error', () => {
  assert.equal(
    shownClassesOf(mp).filter((name) => !(name in classes)),
    [],
  );
});

for (const [name, make] of Object.entries(operations)) {
  test(`the operation of ${name}() shows what it does when it runs`, () => {
    const [operation, line] = make();
    for (const text of shownOf(operation)) assert.is(text, line);
  });
}

test('every function that returns an operation has a row', () => {
  assert.equal(
    [...functions.keys()].filter((name) => name.startsWith('process.') && !(name in operations)),
    [],
  );
});

test.run();
