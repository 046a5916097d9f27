/** The calls of `greenhub/process` that take options. */
import * as assert from 'uvu/assert';
import { sleep } from '../../lib/index.ts';
import { here } from '../../lib/process/child/here.ts';
import {
  activeChildren,
  Barrier,
  BoundedSemaphore,
  Condition,
  type Connection,
  Event,
  JoinableQueue,
  Lock,
  Manager,
  Pipe,
  Process,
  ProcessPool,
  parentProcess,
  Queue,
  RLock,
  Semaphore,
  ThreadPool,
} from '../../lib/process/index.ts';
import { PoolResult } from '../../lib/process/pool/pool-result.ts';
import type { Case } from './options.ts';

/** Nothing calls it. */
const target = { module: new URL('../process/targets/work.js', import.meta.url), export: 'nothing' };

/** A call that makes an operation or an object, and begins nothing if it is refused. */
function call(name: string, fn: (options: never) => unknown, option = 'timeout'): Case {
  const assertUntouched = (): void => assert.equal(activeChildren(), []);
  return { name, option, make: () => ({ call: fn, assertUntouched }) };
}

/** A method of a process. Options are wrong even before it is started. */
function ofProcess(method: string, fn: (process: Process, options: never) => unknown, option = 'timeout'): Case {
  return call(`Process.${method}`, (options) => fn(new Process({ target }), options), option);
}

/** The pool of all cases, which none of them may touch. It ends with this program. */
let pool: ThreadPool | null = null;

function startedPool(): ThreadPool {
  pool ??= new ThreadPool(1);
  return pool;
}

function ofPool(method: string, fn: (pool: ThreadPool, options: never) => unknown, option: string): Case {
  return {
    name: `WorkerPool.${method}`,
    option,
    make: () => ({
      call: (options) => fn(startedPool(), options),
      assertUntouched: () => assert.match(String(startedPool()), /\{ 1 worker, idle \}$/),
    }),
  };
}

function ofResult(name: string, fn: (result: PoolResult<number>, options: never) => unknown): Case {
  return {
    name,
    make() {
      const kills: unknown[] = [];
      const result = new PoolResult<number>((options) => {
        kills.push(options);
        return sleep(0);
      });
      return { call: (options) => fn(result, options), assertUntouched: () => assert.equal(kills, []) };
    },
  };
}

/** A method of a queue that holds one item and is open. */
function ofQueue(method: string, fn: (queue: Queue<number>, options: never) => unknown, option = 'timeout'): Case {
  return {
    name: `Queue.${method}`,
    option,
    async make() {
      const queue = new Queue<number>();
      await queue.put(1);
      return {
        call: (options) => fn(queue, options),
        async assertUntouched() {
          assert.is(await queue.qsize(), 1);
          await queue.putNowait(2);
        },
      };
    },
  };
}

function ofLock(make: () => Lock | RLock): Case {
  return {
    name: 'Exclusive.acquire',
    option: 'blocking',
    make() {
      const lock = make();
      return {
        call: (options) => lock.acquire(options),
        assertUntouched: async () => assert.is(await lock.locked(), false),
      };
    },
  };
}

function ofSemaphore(name: string, make: () => Semaphore | BoundedSemaphore): Case {
  return {
    name,
    option: 'blocking',
    make() {
      const semaphore = make();
      return {
        call: (options) => semaphore.acquire(options),
        assertUntouched: async () => assert.is(await semaphore.counter(), 1),
      };
    },
  };
}

function ofConnection(method: string, fn: (connection: Connection<number>, options: never) => unknown): Case {
  return {
    name: `Connection.${method}`,
    async make() {
      const [near, far] = Pipe<number>();
      await far.send(1);
      return {
        call: (options) => fn(near, options),
        assertUntouched: async () => assert.is(await near.recv(), 1),
        end() {
          near.close();
          far.close();
        },
      };
    },
  };
}

/** The server of all cases. It ends with this program. */
let server: PromiseLike<Manager> | null = null;

function startedServer(): PromiseLike<Manager> {
  server ??= Manager.start({ kind: 'thread' }).then();
  return server;
}

/** A method of a Manager that makes an object. */
function ofManager(method: string, fn: (manager: Manager, options: never) => unknown): Case {
  return {
    name: `Manager.${method}`,
    option: 'name',
    async make() {
      const manager = await startedServer();
      return { call: (options) => fn(manager, options) };
    },
  };
}

export const processCases: readonly Case[] = [
  call('new Process', (options) => new Process(options), 'target'),
  call('new ThreadPool', (options) => new ThreadPool(1, options), 'concurrency'),
  call('new ProcessPool', (options) => new ProcessPool(1, options), 'maxTasksPerChild'),
  call('Pipe', (options) => Pipe(options), 'duplex'),
  call('Manager.start', (options) => Manager.start(options), 'maxMessageBytes'),
  call('Manager.connect', (options) => Manager.connect(options), 'authkey'),

  ofProcess('join', (process, options) => process.join(options)),
  ofProcess('get', (process, options) => process.get(options)),
  ofProcess('terminate', (process, options) => process.terminate(options), 'grace'),
  {
    name: 'ParentProcess.join',
    make() {
      const { parent } = here;
      here.parent = { name: 'MainProcess', pid: process.pid };
      return {
        call: (options) => parentProcess()?.join(options),
        end() {
          here.parent = parent;
        },
      };
    },
  },

  ofPool('apply', (pool, options) => pool.apply(target, [], options), 'timeout'),
  ofPool('applyAsync', (pool, options) => pool.applyAsync(target, [], options), 'errorCallback'),
  ofPool('map', (pool, options) => pool.map(target, [1], options), 'chunksize'),
  ofPool('starmap', (pool, options) => pool.starmap(target, [[]], options), 'chunksize'),
  ofPool('mapAsync', (pool, options) => pool.mapAsync(target, [1], options), 'callback'),
  ofPool('starmapAsync', (pool, options) => pool.starmapAsync(target, [[]], options), 'callback'),
  ofPool('imap', (pool, options) => pool.imap(target, [1], options), 'maxsize'),
  ofPool('imapUnordered', (pool, options) => pool.imapUnordered(target, [1], options), 'maxsize'),
  ofPool('join', (pool, options) => pool.join(options), 'timeout'),
  ofResult('PoolResult.kill', (result, options) => result.kill(options)),
  ofResult('AsyncResult.get', (result, options) => result.get(options)),
  ofResult('AsyncResult.wait', (result, options) => result.wait(options)),

  ofQueue('get', (queue, options) => queue.get(options)),
  ofQueue('peek', (queue, options) => queue.peek(options)),
  ofQueue('put', (queue, options) => queue.put(2, options)),
  ofQueue('shutdown', (queue, options) => queue.shutdown(options), 'immediate'),
  call('JoinableQueue.join', (options) => new JoinableQueue().join(options)),
  ofLock(() => new Lock()),
  ofLock(() => new RLock()),
  ofSemaphore('Semaphore.acquire', () => new Semaphore()),
  ofSemaphore('BoundedSemaphore.acquire', () => new BoundedSemaphore()),
  call('Event.wait', (options) => new Event().wait(options)),
  call('Condition.wait', (options) => new Condition().wait(options)),
  call('Condition.waitFor', (options) => new Condition().waitFor(() => true, options)),
  call('Barrier.wait', (options) => new Barrier(1).wait(options)),
  ofConnection('recv', (connection, options) => connection.recv(options)),
  ofConnection('poll', (connection, options) => connection.poll(options)),

  ofManager('dict', (manager, options) => manager.dict([], options)),
  ofManager('list', (manager, options) => manager.list([], options)),
  ofManager('namespace', (manager, options) => manager.namespace({}, options)),
  ofManager('value', (manager, options) => manager.value(1, options)),
  ofManager('queue', (manager, options) => manager.queue(1, options)),
  ofManager('joinableQueue', (manager, options) => manager.joinableQueue(1, options)),
  ofManager('lock', (manager, options) => manager.lock(options)),
  ofManager('rlock', (manager, options) => manager.rlock(options)),
  ofManager('semaphore', (manager, options) => manager.semaphore(1, options)),
  ofManager('boundedSemaphore', (manager, options) => manager.boundedSemaphore(1, options)),
  ofManager('event', (manager, options) => manager.event(options)),
  ofManager('condition', (manager, options) => manager.condition(options)),
  ofManager('condition', (manager, options) => manager.condition(manager.lock(), options)),
  ofManager('barrier', (manager, options) => manager.barrier(1, options)),
];
