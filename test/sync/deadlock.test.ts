/** A LoopExit describes the greenlets that are blocked at the objects of lib/sync. */
import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';
import { queueKinds } from '../support/kinds.ts';

const test = suite('sync/deadlock');

for (const { what, make, wait, told } of [
  ...queueKinds.map(({ name }) => {
    return { what: name, make: `new ${name}()`, wait: 'object.get()', told: 'an item of OBJECT' };
  }),
  { what: 'Queue', make: 'new Queue()', wait: 'object.peek()', told: 'an item of OBJECT' },
  { what: 'Channel', make: 'new Channel()', wait: 'object.put(1)', told: 'room in OBJECT' },
  { what: 'Channel', make: 'new Channel()', wait: 'object.get()', told: 'an item of OBJECT' },
  { what: 'Channel', make: 'new Channel()', wait: 'object.next()', told: 'an item of OBJECT' },
  {
    what: 'JoinableQueue',
    make: 'new JoinableQueue(); object.putNowait(1)',
    wait: 'object.join()',
    told: 'all tasks of OBJECT to be done',
  },
  { what: 'BoundedSemaphore', make: 'new BoundedSemaphore(0)', wait: 'object.acquire()', told: 'OBJECT' },
  { what: 'Barrier', make: 'new Barrier(3)', wait: 'object.wait()', told: '2 more of the 3 of OBJECT' },
]) {
  test(`LoopExit names a ${what} and the wait: ${wait}`, async () => {
    const ended = await runProgram(`
      const object = ${make};
      object.name = 'OBJECT';
      const waiter = spawn(() => ${wait});
      waiter.name = 'WAITER';
      await waiter.join().then(null, (error) => console.log(error.name, error.message));
    `);

    assert.match(ended.stdout, /^LoopExit /, ended.stderr);
    assert.match(ended.stdout, new RegExp(`\\n  WAITER waits for ${told}\\n`));
    assert.match(ended.stdout, /\n {2}main waits for the end of WAITER\n/);
    assert.not.match(ended.stdout, 'cycle');
  });
}

test('LoopExit names a Condition while its notification is missing', async () => {
  const ended = await runProgram(`
    const condition = new Condition();
    condition.name = 'NEWS';
    const waiter = spawn(function* () {
      yield* condition.lock.acquire();
      yield* condition.waitFor(() => false);
    });
    waiter.name = 'WAITER';
    await waiter.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /WAITER waits for a notification of NEWS\n/, ended.stderr);
});

test('LoopExit names the holder of an RLock', async () => {
  const ended = await runProgram(`
    const lock = new RLock();
    lock.name = 'VAULT';
    spawn(function* () { yield* lock.acquire(); yield* sleep(Infinity); }).name = 'HOLDER';
    const waiter = spawn(() => lock.acquire());
    await waiter.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /waits for VAULT, held by HOLDER\n/, ended.stderr);
});

for (const what of ['Lock', 'RLock']) {
  test(`a greenlet that died while it held a ${what} is named in LoopExit`, async () => {
    const ended = await runProgram(`
      const lock = new ${what}();
      spawn(function* () { yield* lock.acquire(); }).name = 'GHOST';
      const waiter = spawn(() => lock.acquire());
      await waiter.join().then(null, (error) => console.log(error.message));
    `);

    assert.match(ended.stdout, /held by GHOST, which is dead/, ended.stderr);
    assert.not.match(ended.stdout, 'cycle');
  });
}

test('two RLocks taken in opposite orders are a cycle', async () => {
  const ended = await runProgram(`
    const first = new RLock(), second = new RLock();
    const take = function* (one, other) {
      yield* one.acquire();
      yield* one.acquire();
      yield* sleep(1);
      yield* other.acquire();
    };
    const a = spawn(take, first, second), b = spawn(take, second, first);
    a.name = 'aa'; b.name = 'bb';
    await joinall([a, b]).then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle.*aa.*bb|cycle.*bb.*aa/s, ended.stderr);
});

test('a greenlet that acquires a Lock twice waits for itself, which is a cycle', async () => {
  const ended = await runProgram(`
    const lock = new Lock();
    const narcissus = spawn(function* () { yield* lock.acquire(); yield* lock.acquire(); });
    narcissus.name = 'narcissus';
    await narcissus.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle: narcissus waits for Lock#\d+, held by narcissus/, ended.stderr);
});

test('a greenlet that leaves Condition.wait() and cannot get its lock back is part of a cycle', async () => {
  const ended = await runProgram(`
    const condition = new Condition();
    const waiter = spawn(function* () {
      yield* condition.lock.acquire();
      yield* condition.wait();
    });
    const notifier = spawn(function* () {
      yield* condition.lock.acquire();
      condition.notify();
      yield* waiter.join();
    });
    waiter.name = 'ww'; notifier.name = 'nn';
    await waiter.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle.*ww.*nn|cycle.*nn.*ww/s, ended.stderr);
});

test('LoopExit withdraws main’s wait at a Channel, a LifoQueue and a JoinableQueue, which then takes nothing', async () => {
  const ended = await runProgram(`
    const channel = new Channel(), stack = new LifoQueue(), tasks = new JoinableQueue();
    for (const op of [channel.put(1), channel.get(), channel.peek(), stack.get(), tasks.get()]) {
      await op.then(null, (error) => console.log(error.name));
      await sleep(1);
    }
    stack.putNowait(1);
    tasks.putNowait(1);
    console.log(stack.qsize(), tasks.qsize(), tasks.unfinishedTasks, channel.ready());
  `);

  assert.is(ended.stdout, `${'LoopExit\n'.repeat(5)}1 1 1 false\n`, ended.stderr);
});

test('all of main’s waits at one Barrier get LoopExit', async () => {
  const ended = await runProgram(`
    const barrier = new Barrier(4);
    const settled = await Promise.allSettled([barrier.wait(), barrier.wait(), barrier.wait()]);
    console.log(settled.map(({ reason }) => reason.name).join(), barrier.waiting, barrier.broken);
  `);

  assert.is(ended.stdout, 'LoopExit,LoopExit,LoopExit 0 true\n', ended.stderr);
});

test('a waiter for a RateLimiter is not in a deadlock: its turn comes', async () => {
  const ended = await runProgram(`
    const limiter = new RateLimiter({ limit: 1, interval: 20 });
    for (const _ of [1, 2, 3]) await limiter.take();
    console.log('done');
  `);

  assert.equal(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('a RateLimiter without waiters does not keep the process alive', async () => {
  const ended = await runProgram(`
    const limiter = new RateLimiter({ limit: 1, interval: 1e6 });
    await limiter.take();
    const waiter = spawn(() => limiter.take());
    const watcher = spawn(() => wait([limiter]));
    await sleep(0);
    await killall([waiter, watcher]);
    console.log('done');
  `);

  assert.equal(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('main may run into one deadlock right after the other', async () => {
  const ended = await runProgram(`
    const channel = new Channel();
    for (const op of [channel.get(), channel.put(1)]) await op.then(null, (error) => console.log(error.name));
    console.log('done');
  `);

  assert.is(ended.stdout, 'LoopExit\nLoopExit\ndone\n', `exit code ${ended.code}: ${ended.stderr}`);
});

test('LoopExit follows a cycle through a lock of main and a wait of main', async () => {
  const ended = await runProgram(`
    const [mine, its] = [new Lock(), new Lock()];
    await mine.acquire();
    spawn(function* greedy() { yield* its.acquire(); yield* mine.acquire(); });
    await sleep(1);
    await its.acquire().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, 'cycle: greedy-1 waits for Lock#1, held by main; main waits for Lock#2, held by greedy-1');
});

test.run();
