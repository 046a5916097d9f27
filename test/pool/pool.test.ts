import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  forEach,
  Greenlet,
  GreenletExit,
  getHub,
  Lock,
  Pool,
  Queue,
  race,
  shield,
  sleep,
  spawn,
  withTimeout,
} from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/pool');

test('all slots of a new pool are free, and it is unbounded by default', () => {
  const pool = new Pool(3);

  assert.is(pool.capacity, 3);
  assert.is(pool.freeCount(), 3);
  assert.is(pool.full(), false);
  assert.is(pool.size, 0);
  assert.is(new Pool().capacity, Infinity);
  assert.is(new Pool(Infinity).freeCount(), Infinity);
});

for (const size of [-1, 1.5, Number.NaN, -Infinity, '2', null]) {
  test(`a pool refuses the size ${size}`, () => {
    assert.instance(
      thrownBy(() => new Pool(size as number)),
      RangeError,
    );
  });
}

test('a pool never runs more than its size at once, and starts its members in order', () =>
  onVirtualTime(async () => {
    const pool = new Pool(3);
    const started: number[] = [];
    let running = 0;
    let most = 0;

    for (let index = 0; index < 10; index += 1) {
      pool.spawn(function* () {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        yield* sleep(10 + (index % 3));
        running -= 1;
      });
    }
    await pool.join();

    assert.is(most, 3);
    assert.equal(started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.is(pool.freeCount(), 3);
  }));

test('spawn() never blocks: greenlets without a slot are unstarted members', async () => {
  const pool = new Pool(1);

  const members = [1, 2, 3].map((value) => pool.spawn(() => value));

  assert.is(pool.size, 3);
  assert.is(pool.full(), true);
  assert.is(pool.freeCount(), 0);
  assert.equal(
    members.map(({ started }) => started),
    [true, false, false],
  );
  assert.equal([await (members[2] as Greenlet), members[0]?.value], [3, 1]);
});

test('a free slot goes to the next in line at once, and not to a greenlet spawned later', async () => {
  const pool = new Pool(1);
  const seen: string[] = [];
  const first = pool.spawn(sleep, Infinity);
  pool.spawn(() => seen.push('waiting'));
  await sleep(0);

  await first.kill();
  pool.spawn(() => seen.push('later'));
  await pool.join();

  assert.equal(seen, ['waiting', 'later']);
});

test('a member killed while it waited for a slot never runs, and takes no slot', async () => {
  const pool = new Pool(1);
  const seen: string[] = [];
  const first = pool.spawn(sleep, Infinity);
  const members = ['a', 'b', 'c'].map((name) => pool.spawn(() => seen.push(name)));
  await sleep(0);

  members[1]?.kill();
  assert.is(pool.size, 3);
  await first.kill();
  await pool.join();

  assert.equal(seen, ['a', 'c']);
  assert.ok(members[1]?.exception instanceof GreenletExit);
  assert.is(pool.freeCount(), 1);
});

test('the line keeps few of the members that were killed in it, and the order of the others', async () => {
  const pool = new Pool(1);
  const seen: number[] = [];
  const first = pool.spawn(sleep, Infinity);
  for (let index = 0; index < 1_000; index += 1) {
    const member = pool.spawn(() => seen.push(index));
    if (index % 100 !== 0) member.kill();
  }

  assert.ok((Reflect.get(pool, 'line') as { size: number }).size < 100);
  await first.kill();
  await pool.join();

  assert.equal(seen, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
});

test('a member that was discarded while it waited for a slot gets none, and can be started by others', async () => {
  const pool = new Pool(1);
  const first = pool.spawn(sleep, Infinity);
  const [discarded, next] = [pool.spawn(() => 'discarded'), pool.spawn(() => 'next')];

  pool.discard(discarded);
  await first.kill();

  assert.is(await next, 'next');
  assert.is(discarded.started, false);
  discarded.start();
  assert.is(await discarded, 'discarded');
  assert.is(pool.freeCount(), 1);
});

test('discard() of a running member frees its slot, and the member continues', async () => {
  const pool = new Pool(1);
  const event = new Event();
  const running = pool.spawn(() => event.wait());
  const waiting = pool.spawn(() => 'has a slot');
  await sleep(0);

  pool.discard(running);

  assert.is(await waiting, 'has a slot');
  assert.is(running.ready(), false);
  event.set();
  assert.is(await running, true);
  assert.is(pool.freeCount(), 1);
});

test('a member that was discarded and added again stands at the end of the line', async () => {
  const pool = new Pool(1);
  const seen: string[] = [];
  const first = pool.spawn(sleep, Infinity);
  const [a] = ['a', 'b'].map((name) => pool.spawn(() => seen.push(name)));

  pool.discard(a as Greenlet);
  pool.add(a as Greenlet);
  await first.kill();
  await pool.join();

  assert.equal(seen, ['b', 'a']);
  assert.is(pool.freeCount(), 1);
});

test('a member that was discarded and added again, and then killed, has been counted once', async () => {
  const pool = new Pool(2);
  const members = [pool.spawn(sleep, Infinity), pool.spawn(sleep, Infinity), pool.spawn(sleep, Infinity)] as const;

  pool.discard(members[2]);
  pool.add(members[2]);
  for (const member of members) member.kill();
  await pool.join();

  assert.is(pool.freeCount(), 2);
  assert.is(pool.size, 0);
});

test('add() starts a greenlet that was not started, when there is a slot for it', async () => {
  const pool = new Pool(1);
  const seen: number[] = [];
  const unstarted = [1, 2].map((value) => new Greenlet(() => seen.push(value)));

  for (const greenlet of unstarted) pool.add(greenlet);
  assert.equal(
    unstarted.map(({ started }) => started),
    [true, false],
  );
  await pool.join();

  assert.equal(seen, [1, 2]);
});

test('add() of a started greenlet takes a slot at once, even if none is free', async () => {
  const pool = new Pool(1);
  const event = new Event();
  const running = [spawn(() => event.wait()), spawn(() => event.wait())];

  for (const greenlet of running) pool.add(greenlet);
  const waiting = pool.spawn(() => 'after all of them');
  await sleep(0);
  assert.is(pool.freeCount(), 0);
  assert.is(pool.full(), true);
  running[0]?.kill();
  await sleep(0);
  assert.is(waiting.started, false);
  event.set();

  assert.is(await waiting, 'after all of them');
  assert.is(pool.freeCount(), 1);
});

test('add() of an ended greenlet takes no slot', async () => {
  const pool = new Pool(1);
  const ended = spawn(() => 1);
  await ended;

  pool.add(ended);

  assert.is(pool.freeCount(), 1);
  assert.is(pool.size, 0);
});

test('add() of a member does nothing', async () => {
  const pool = new Pool(1);
  const member = pool.spawn(sleep, Infinity);
  const waiting = pool.spawn(sleep, Infinity);

  pool.add(member);
  pool.add(waiting);

  assert.is(pool.size, 2);
  await pool.kill();
  assert.is(pool.freeCount(), 1);
});

test('a member in line that was started from elsewhere counts as running', async () => {
  const pool = new Pool(1);
  const event = new Event();
  const first = pool.spawn(() => event.wait());
  let runs = 0;
  const started = pool.spawn(() => {
    runs += 1;
  });

  started.start();
  await started;
  event.set();
  await first;
  await pool.join();

  assert.is(runs, 1);
  assert.is(pool.freeCount(), 1);
});

test('kill() kills running and waiting members, and the waiting ones never run', async () => {
  const pool = new Pool(2);
  const seen: string[] = [];
  const body = function* (name: string) {
    seen.push(name);
    yield* sleep(Infinity);
  };
  for (const name of ['a', 'b', 'c', 'd']) pool.spawn(body, name);
  await sleep(0);

  await pool.kill();

  assert.equal(seen, ['a', 'b']);
  assert.is(pool.size, 0);
  assert.is(pool.freeCount(), 2);
});

test('kill() starts no waiting member while running ones clean up', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    let ran = false;
    pool.spawn(function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        yield* shield(sleep(10));
      }
    });
    pool.spawn(() => {
      ran = true;
    });
    await sleep(0);

    await pool.kill();

    assert.is(ran, false);
    assert.is(getHub().now(), 10);
  }));

test('join() also waits for members in line', () =>
  onVirtualTime(async () => {
    const pool = new Pool(2);
    for (let count = 0; count < 5; count += 1) pool.spawn(sleep, 10);

    await spawn(() => pool.join());

    assert.is(getHub().now(), 30);
  }));

test('a member that fails frees its slot', async ({ reported }) => {
  const pool = new Pool(1);
  pool.spawn(() => {
    throw new RangeError('no');
  });
  const next = pool.spawn(() => 'next');

  assert.is(await next, 'next');
  await sleep(1);
  await reportsMade();

  assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
});

test('waitAvailable() waits until a slot is free, and takes none', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    assert.is(await pool.waitAvailable(), true);
    pool.spawn(sleep, 10);
    pool.spawn(sleep, 10);
    const waiting = [spawn(() => pool.waitAvailable()), spawn(() => pool.waitAvailable())];

    for (const waiter of waiting) assert.is(await waiter, true);

    assert.is(getHub().now(), 20);
    assert.is(pool.freeCount(), 1);
  }));

test('waitAvailable() gives false when it times out, and leaves no waiter when it is killed', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    pool.spawn(sleep, Infinity);

    assert.is(await spawn(() => pool.waitAvailable({ timeout: 5 })), false);
    assert.is(await pool.waitAvailable({ timeout: 0 }), false);
    const waiting = spawn(() => pool.waitAvailable());
    await sleep(0);
    await waiting.kill();

    assert.is(getHub().now(), 5);
    assertNoTrace(pool);
    assert.is(waitersOf(pool), 0);
    await pool.kill();
  }));

test('a pool of size 0 runs no member, and is full', async () => {
  const pool = new Pool(0);

  const member = pool.spawn(() => 1);
  await sleep(0);

  assert.is(pool.full(), true);
  assert.is(pool.freeCount(), 0);
  assert.is(member.started, false);
  assert.is(await pool.waitAvailable({ timeout: 0 }), false);
  await pool.kill();
  assert.is(pool.size, 0);
});

test('apply() waits for a slot', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    pool.spawn(sleep, 10);

    assert.is(await spawn(() => pool.apply((value: number) => value, [7])), 7);

    assert.is(getHub().now(), 10);
  }));

test('an apply() that is cancelled while it waits for a slot never runs', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    pool.spawn(sleep, 20);
    let ran = false;

    const applied = await spawn(() =>
      withTimeout(
        10,
        pool.apply(() => {
          ran = true;
        }),
        { timeoutValue: 'late' },
      ),
    );
    await pool.join();

    assert.is(applied, 'late');
    assert.is(ran, false);
  }));

test('apply(), map(), imap() and imapUnordered() of a member of a full pool run inline', () =>
  onVirtualTime(async () => {
    const pool = new Pool(1);
    const double = function* (value: number) {
      yield* sleep(1);
      return value * 2;
    };

    const seen = await pool.spawn(function* () {
      const list: number[] = [];
      yield* forEach(pool.imap(double, [3, 4]), (value) => list.push(value));
      yield* forEach(pool.imapUnordered(double, [5, 6]), (value) => list.push(value));
      return { applied: yield* pool.apply(double, [1]), mapped: yield* pool.map(double, [2, 3]), list };
    });

    assert.equal(seen, { applied: 2, mapped: [4, 6], list: [6, 8, 10, 12] });
    assert.is(pool.freeCount(), 1);
  }));

test('several members of a full pool that all apply() in it do not wait for each other', async () => {
  const pool = new Pool(2);
  const recurse = function* (depth: number): Coroutine<number> {
    return depth === 0 ? 1 : 1 + (yield* pool.apply(recurse, [depth - 1]));
  };

  const members = [1, 2, 3, 4].map((depth) => pool.spawn(recurse, depth));

  assert.equal(await Promise.all(members), [2, 3, 4, 5]);
});

test('apply() of a member of a pool that is not full runs in a member of its own', async () => {
  const pool = new Pool(2);

  const size = await pool.spawn(() => pool.apply(() => pool.size));

  assert.is(size, 2);
});

test('apply() in a branch of a member of a full pool runs inline too', async () => {
  const pool = new Pool(1);

  const applied = await pool.spawn(() => race([pool.apply(() => 'inline'), sleep(Infinity)]));

  assert.is(applied, 'inline');
});

test('apply() that runs inline throws the error of the function', async () => {
  const pool = new Pool(1);
  const error = new RangeError('no');

  const outcome = await pool.spawn(() =>
    outcomeOf(
      pool.apply(() => {
        throw error;
      }),
    ),
  );

  assert.is(outcome.error, error);
});

test('a map() that runs inline and fails closes its source', async () => {
  const pool = new Pool(1);
  let closed = false;
  function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }

  const { error } = await pool.spawn(() =>
    outcomeOf(
      pool.map(() => {
        throw new RangeError('no');
      }, source()),
    ),
  );

  assert.ok(error instanceof RangeError);
  assert.is(closed, true);
});

test('a map() that runs inline and is killed closes its source', async () => {
  const pool = new Pool(1);
  let closed = false;
  function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }
  const worker = pool.spawn(() => pool.map(() => sleep(Infinity), source()));
  await sleep(0);

  await worker.kill();
  await sleep(0);

  assert.is(closed, true);
});

test('an imap() that runs inline gives an error in its place and continues', async () => {
  const pool = new Pool(1);
  const odd = (value: number) => {
    if (value === 2) throw new RangeError('two');
    return value;
  };

  const seen = await pool.spawn(function* () {
    const results = pool.imap(odd, [1, 2, 3]);
    const steps: unknown[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { value, error } = yield* outcomeOf(results.next());
      steps.push(error === undefined ? value : (error as Error).message);
    }
    return steps;
  });

  assert.equal(seen, [
    { done: false, value: 1 },
    'two',
    { done: false, value: 3 },
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('an imap() that runs inline closes its source when its consumer is killed', async () => {
  const pool = new Pool(1);
  let closed = false;
  function* source() {
    try {
      for (let item = 0; ; item += 1) yield item;
    } finally {
      closed = true;
    }
  }
  const worker = pool.spawn(() =>
    forEach(
      pool.imap(() => sleep(0), source()),
      () => sleep(Infinity),
    ),
  );
  await sleep(1);

  await worker.kill();
  await sleep(0);

  assert.is(closed, true);
});

test('the LoopExit over a pool whose members wait forever names them and the members that wait for a slot', async () => {
  const ended = await runProgram(`
    const pool = new Pool(1), lock = new Lock();
    pool.name = 'the pool';
    await lock.acquire();
    const holder = pool.spawn(() => lock.acquire());
    holder.name = 'the holder';
    pool.spawn(() => 1);
    const waiter = spawn(() => pool.waitAvailable());
    waiter.name = 'the waiter';
    const error = await pool.join().then(null, (error) => error);
    console.log(error instanceof LoopExit, error.message);
    await pool.waitAvailable().then(null, (error) => console.log(error.message));
  `);

  for (const text of [
    'the holder waits for Lock',
    'the waiter waits for a free slot of the pool',
    'main waits for the 2 members of the pool to end',
    'main waits for a free slot of the pool',
  ]) {
    assert.match(ended.stdout, text);
  }
  assert.is(ended.code, 0);
});

test('a member that joins its own pool is a cycle, and the LoopExit says so', async () => {
  const ended = await runProgram(`
    const pool = new Pool(2);
    const member = pool.spawn(() => pool.join());
    member.name = 'narcissus';
    await member.then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle: narcissus/);
});

test('locks held in members are free when the pool was killed', async () => {
  const pool = new Pool(2);
  const lock = new Lock();
  for (let count = 0; count < 5; count += 1) {
    pool.spawn(function* () {
      using _ = yield* lock.hold();
      yield* sleep(Infinity);
    });
  }
  await sleep(0);

  await pool.kill();

  assert.is(lock.locked(), false);
  assertNoTrace(lock);
});

test('ten thousand members pass through a pool of ten', async () => {
  const pool = new Pool(10);
  const queue = new Queue<number>();
  for (let item = 0; item < 10_000; item += 1) pool.spawn(() => queue.put(item));

  await pool.join();

  assert.is(queue.qsize(), 10_000);
  assert.is(queue.getNowait(), 0);
  assert.is(pool.freeCount(), 10);
});

test.run();
