import * as assert from 'uvu/assert';
import { isHelper } from '../../lib/hub/tasks/helper.ts';
import {
  type Coroutine,
  Event,
  forEach,
  type Greenlet,
  GreenletError,
  GreenletExit,
  getcurrent,
  getHub,
  idle,
  iwait,
  joinall,
  Lock,
  LoopExit,
  Pool,
  Queue,
  race,
  sleep,
  spawn,
  until,
  withTimeout,
} from '../../lib/index.ts';
import {
  assertNoLeaks,
  type ExploreOptions,
  explore,
  type Random,
  ScheduleError,
  VirtualClock,
} from '../../lib/testing/index.ts';
import { runProgram } from '../support/child.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { BrokenQueue } from './broken-queue.ts';

const test = suite('testing/explore');
const hub = getHub();
const plain = Array.from({ length: 1_000 }, (_, seed) => seed);

async function found(scenario: (random: Random) => unknown, options: ExploreOptions = {}): Promise<ScheduleError> {
  const error = await failureOf(explore(scenario, { seeds: plain, ...options }));
  if (!(error instanceof ScheduleError)) throw error;
  return error;
}

// What explore() finds.

function* lostWakeUp(): Coroutine<void> {
  const queue = new BrokenQueue<number>();
  const getter = spawn(() => queue.get());
  const putter = spawn(function* () {
    // In the ordinary order the getter has begun to wait by then.
    yield* sleep(0);
    yield* sleep(0);
    queue.put(42);
  });
  yield* putter;
  assert.is(yield* getter, 42);
}

test('a lost wake-up that plain order does not show is found, and its seed replays it', async () => {
  const plainly = spawn(lostWakeUp);
  await plainly;

  const error = await found(lostWakeUp);
  const again = await found(lostWakeUp, { seeds: [error.seed] });

  assert.instance(error.cause, LoopExit);
  assert.is(again.seed, error.seed);
  assert.equal(again.trace, error.trace);
  assert.is((again.cause as Error).message, (error.cause as Error).message);
});

function* checkThenAct(): Coroutine<void> {
  let balance = 100;
  const withdraw = function* () {
    if (balance < 100) return;
    yield* sleep(1);
    balance -= 100;
  };
  const first = spawn(withdraw);
  const second = spawn(function* () {
    // A little later, which is late enough in the ordinary order.
    yield* sleep(2);
    yield* withdraw();
  });
  yield* first;
  yield* second;
  assert.is(balance, 0);
}

test('a check and an act with something between them are found', async () => {
  await spawn(checkThenAct);

  const error = await found(checkThenAct);

  assert.match((error.cause as Error).message, 'Expected values to be strictly equal');
});

function* lockNotReleased(): Coroutine<void> {
  const lock = new Lock();
  const careless = spawn(function* careless() {
    yield* lock.acquire();
    yield* sleep(1);
    lock.release();
  });
  yield* careless.join();
  yield* lock.acquire();
}

test('a lock that a killed greenlet does not release is found with kills, and only with them', async () => {
  await explore(lockNotReleased, { seeds: plain });

  const error = await found(lockNotReleased, { kill: true });

  assert.instance(error.cause, LoopExit);
  assert.ok(error.trace.some((step) => step.includes('careless-2 is killed')));
});

function* badMoment(): Coroutine<void> {
  let open = 0;
  const close = (): void => {
    open -= 1;
  };
  const opening = function* () {
    open += 1;
    yield* sleep(1);
    return close;
  };
  const using = function* () {
    const end = yield* opening();
    yield* sleep(1);
    end();
  };
  // It takes 2 ms, and its timeout is 3 ms.
  yield* withTimeout(3, using, { timeoutValue: undefined });
  assert.is(open, 0, 'it was left open');
}

test('a timeout that comes at a bad moment is found', async () => {
  {
    using _ = VirtualClock.install();
    await spawn(badMoment);
  }
  const busy = function* () {
    const other = spawn(() => sleep(0));
    yield* badMoment();
    yield* other;
  };

  const error = await found(busy);

  assert.match((error.cause as Error).message, 'it was left open');
});

test('a deadlock is a LoopExit that lists every waiter and what it waits for', async () => {
  const error = await found(function* () {
    const [a, b] = [new Lock(), new Lock()];
    const both = function* (first: Lock, second: Lock) {
      using _first = yield* first.hold();
      yield* sleep(0);
      using _second = yield* second.hold();
    };
    const one = spawn(both, a, b);
    yield* spawn(both, b, a).join();
    yield* one.join();
  });

  assert.instance(error.cause, LoopExit);
  assert.match((error.cause as Error).message, /both-\d waits for Lock#\d, held by both-\d/);
  assert.match((error.cause as Error).message, 'cycle');
  assert.match(error.message, 'Lock#1');
});

test('an error that no greenlet takes fails the run', async () => {
  const boom = new Error('boom');

  const error = await found(function* () {
    spawn(() => {
      throw boom;
    });
    yield* sleep(5);
  });

  assert.is(error.cause, boom);
});

test('an error during the kill of leftover greenlets fails the run', async () => {
  const boom = new Error('boom');

  const error = await found(() => {
    spawn(function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw boom;
      }
    });
    return sleep(1);
  });

  assert.is(error.cause, boom);
});

test('a scenario without end fails when it has made its number of steps', async () => {
  const error = await found(
    function* () {
      for (;;) yield* sleep(0);
    },
    { maxSteps: 500 },
  );

  assert.match((error.cause as Error).message, '500 steps');
});

test('a scenario that has no end in time fails, too', async () => {
  const error = await found(
    function* () {
      for (;;) yield* sleep(1);
    },
    { maxSteps: 500 },
  );

  assert.match((error.cause as Error).message, '500 steps');
});

// What explore() reports.

test('a message contains the seed, the failure, and the steps of the simplest failing schedule', async () => {
  const error = await found(lockNotReleased, { kill: true });

  assert.match(error.message, `seeds: [${error.seed}]`);
  assert.match(error.message, 'LoopExit');
  const [, left, before] = /\((\d+) unusual, (\d+) before/.exec(error.message) ?? [];
  assert.ok(Number(left) <= Number(before));
  assert.ok(Number(left) <= 3, `${left} odd steps are left`);
  for (const [index, step] of error.trace.entries()) assert.match(error.message, `${index + 1}. ${step}`);
});

test('a schedule with many unusual steps is reduced to those that matter', async () => {
  const noisy = function* () {
    const others = [0, 1, 2].map(() =>
      spawn(function* () {
        for (let turn = 0; turn < 10; turn += 1) yield* sleep(turn % 2);
      }),
    );
    yield* lockNotReleased();
    for (const other of others) yield* other.join();
  };
  let shrunk = 0;

  for (let seed = 0, tried = 0; tried < 5; seed += 100) {
    const error = await failureOf(
      explore(noisy, { seeds: plain.slice(seed, seed + 100), kill: ({ name }) => name.startsWith('careless') }),
    );
    tried += 1;
    if (!(error instanceof ScheduleError)) throw error;
    const [, left, before] = /\((\d+) unusual, (\d+) before/.exec(error.message) ?? [];
    assert.ok(Number(left) <= Number(before));
    assert.ok(Number(left) <= 5, `${left} odd steps are left of ${before}`);
    if (Number(left) < Number(before)) shrunk += 1;
  }
  assert.ok(shrunk > 0);
});

test('a long trace is shown from its end', async () => {
  const error = await found(function* () {
    for (let turn = 0; turn < 200; turn += 1) yield* sleep(0);
    throw new Error('at last');
  });

  assert.ok(error.trace.length > 150);
  assert.match(error.message, /… \d+ earlier steps/);
  assert.ok(error.message.split('\n').length < 75);
});

// How explore() runs scenarios.

function history(): { scenario: () => Coroutine<void>; lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    *scenario() {
      lines.push('begins');
      const queue = new Queue<number>(1);
      const workers = [0, 1, 2].map((number) =>
        spawn(function* worker() {
          try {
            yield* sleep(number);
            yield* queue.put(number, { timeout: 5 });
            lines.push(`${getcurrent().name} ${queue.name} ${hub.now()} ${yield* queue.get()}`);
          } finally {
            lines.push(`${getcurrent().name} ends at ${hub.now()}`);
          }
        }),
      );
      for (const worker of workers) yield* worker.join();
    },
  };
}

test('the same seeds give the same runs, in the names and ids, too; others give others', async () => {
  const [one, two, three] = [history(), history(), history()];

  await explore(one.scenario, { seeds: plain.slice(0, 20), kill: true });
  spawn(() => 0);
  new Queue();
  await idle();
  await explore(two.scenario, { seeds: plain.slice(0, 20), kill: true });
  await explore(three.scenario, { seeds: plain.slice(20, 40), kill: true });

  assert.equal(one.lines, two.lines);
  assert.not.equal(one.lines, three.lines);
});

test('the Random of a scenario is the same for the same seed', async () => {
  const drawn: number[][] = [];
  const scenario = (random: Random): void => {
    drawn.push([random.next(), random.next()]);
  };

  await explore(scenario, { seeds: [5, 6, 5] });

  assert.equal(drawn[0], drawn[2]);
  assert.not.equal(drawn[0], drawn[1]);
});

test('every order of ready greenlets occurs, and time starts at 0 in each run', async () => {
  const orders = new Set<string>();
  await explore(
    function* () {
      assert.is(hub.now(), 0);
      let order = '';
      const workers = ['a', 'b', 'c'].map((name) =>
        spawn(() => {
          order += name;
        }),
      );
      for (const worker of workers) yield* worker;
      orders.add(order);
    },
    { seeds: plain },
  );

  assert.is(orders.size, 6);
});

test('a timeout may come although a greenlet is ready, and a sleep never ends early', async () => {
  const came = new Set<string>();
  await explore(
    function* () {
      const event = new Event();
      const waiter = spawn(() => event.wait({ timeout: 5 }));
      const setter = spawn(function* () {
        const began = hub.now();
        yield* sleep(1);
        assert.ok(hub.now() >= began + 1);
        event.set();
      });
      came.add(String(yield* waiter));
      yield* setter;
    },
    { seeds: plain },
  );

  assert.equal([...came].sort(), ['false', 'true']);
});

test('it gives how many were run, and from which seed on', async () => {
  assert.equal(await explore(() => {}, { seeds: [7, 9] }), { runs: 2, seed: 7 });
  assert.is((await explore(() => {}, { runs: 10 })).runs, 10);
  assert.is((await explore(() => {})).runs, 1_000);
});

test('it stops at the first schedule that fails', async () => {
  let runs = 0;
  const error = await found((random) => {
    runs += 1;
    if (runs === 3) throw new Error(`third ${random.next()}`);
  });

  assert.is(error.seed, 2);
});

test('a plain or an async function is a scenario, too', async () => {
  await explore(() => 42, { runs: 3 });
  await explore(async () => {}, { runs: 3 });
  const boom = new Error('boom');

  const error = await found(async () => {
    throw boom;
  });

  assert.is(error.cause, boom);
});

test('a scenario may wait for real promises, and is not taken to be deadlocked meanwhile', async () => {
  let runs = 0;
  await explore(
    function* () {
      const other = spawn(() => sleep(10));
      const value = yield* until(new Promise<number>((resolve) => setTimeout(resolve, 1, 42)));
      assert.is(value, 42);
      yield* until(Promise.resolve());
      yield* other;
      runs += 1;
    },
    { runs: 5 },
  );

  assert.is(runs, 5);
});

test('a scenario that waits for real promises and fails is reported with its steps', async () => {
  const error = await found(function* () {
    yield* until(new Promise((resolve) => setTimeout(resolve, 1)));
    throw new Error('boom');
  });

  assert.match((error.cause as Error).message, 'boom');
  assert.ok(error.trace.length > 0);
});

test('a scenario may wait for idle(), and assert that nothing leaks', async () => {
  const scenario = function* () {
    yield* assertNoLeaks(function* () {
      const napper = spawn(() => sleep(5));
      yield* sleep(1);
      napper.kill();
    });
    yield* idle();
  };

  await explore(scenario, { seeds: plain.slice(0, 300) });
});

test('greenlets that a scenario leaves are killed at its end, their cleanup run', async () => {
  let cleaned = 0;
  await explore(
    function* () {
      spawn(function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          cleaned += 1;
        }
      });
      yield* sleep(1);
    },
    { runs: 10 },
  );

  assert.is(cleaned, 10);
});

// Which greenlets explore() kills.

test('all that the scenario spawned may be killed, before it runs and at each of its waits; but not the scenario', async () => {
  const ends = new Set<string>();
  await explore(
    function* () {
      const scenario = getcurrent() as Greenlet;
      let at = 'start';
      const victim = spawn(function* () {
        at = 'first';
        yield* sleep(1);
        at = 'second';
        yield* sleep(1);
        at = 'end';
      });
      yield* victim.join();
      yield* sleep(1);
      assert.not(scenario.ready());
      if (!victim.successful()) assert.instance(victim.exception, GreenletExit);
      ends.add(`${at} ${victim.successful()}`);
    },
    { seeds: plain, kill: true },
  );

  assert.equal([...ends].sort(), ['end true', 'first false', 'second false', 'start false']);
});

test('by default no greenlet is killed', async () => {
  await explore(
    function* () {
      const workers = [1, 2, 3].map((ms) => spawn(() => sleep(ms)));
      for (const worker of workers) yield* worker;
    },
    { runs: 300, kill: false },
  );
});

test('a predicate decides which greenlets may be killed', async () => {
  const killed = new Set<string>();
  const asked: Greenlet[] = [];
  await explore(
    function* () {
      const workers = ['spared', 'hunted'].map((name) => {
        const worker = spawn(() => sleep(3));
        worker.name = name;
        return worker;
      });
      for (const worker of workers) {
        yield* worker.join();
        if (!worker.successful()) killed.add(worker.name);
      }
    },
    {
      seeds: plain.slice(0, 500),
      kill: (greenlet) => {
        asked.push(greenlet);
        return greenlet.name === 'hunted';
      },
    },
  );

  assert.equal([...killed], ['hunted']);
  assert.ok(asked.every(({ name }) => name === 'spared' || name === 'hunted'));
});

test('branches of a race, readers of a mapping and other helpers of the library are not killed', async () => {
  await explore(
    function* () {
      const event = new Event();
      event.set();
      const first = yield* race([sleep(5), sleep(2)]);
      assert.is(first, undefined);
      const items: number[] = [];
      yield* forEach(
        new Pool(2).imap((item: number) => item, [1, 2, 3]),
        function* (item) {
          items.push(item);
        },
      );
      assert.equal(items, [1, 2, 3]);
      yield* forEach(iwait([event]), function* () {});
    },
    {
      seeds: plain.slice(0, 500),
      // The members of the pool belong to the program.
      kill: (greenlet) => {
        assert.not(isHelper(greenlet));
        return !greenlet.name.startsWith('anonymous');
      },
    },
  );
});

// What explore() restores.

function stateOfTheHub() {
  const probe = new Queue();
  const number = Number(probe.name.replace(/\D/g, ''));
  return {
    clock: hub.timers.clock,
    handleError: hub.handleError,
    switchInterval: hub.switchInterval,
    living: [...hub.living()].length,
    timers: hub.timers.size,
    number,
  };
}

const outcomes: Record<string, () => Promise<unknown>> = {
  'a success': () => explore(lockNotReleased, { runs: 20 }),
  'a failure': () => found(lockNotReleased, { kill: true }),
  'an endless scenario': () =>
    found(
      function* () {
        for (;;) yield* sleep(0);
      },
      { maxSteps: 50 },
    ),
  'a deadlock': () => found(() => new Queue().get()),
  'a scenario that awaits': () => explore(() => until(Promise.resolve()), { runs: 2 }),
};

for (const [what, run] of Object.entries(outcomes)) {
  test(`hub, clock, names and ids are as before after ${what}`, async () => {
    const before = stateOfTheHub();
    const id = spawn(() => 0).id;
    await idle();

    await run();

    const after = stateOfTheHub();
    assert.equal({ ...after, number: 0 }, { ...before, number: 0 });
    assert.is(after.clock, before.clock);
    assert.is(after.number, before.number + 1);
    assert.ok(spawn(() => 0).id > id);
    await sleep(1);
  });
}

test('inside a greenlet it is refused', async () => {
  const error = await spawn(() => failureOf(explore(() => {})));

  assert.instance(error, GreenletError);
  await explore(() => {}, { runs: 1 });
});

test('while a greenlet is ready or a timer runs, it is refused and changes nothing', async () => {
  const before = stateOfTheHub();
  const busy = spawn(() => 42);
  const refused = await failureOf(explore(() => {}));
  assert.instance(refused, GreenletError);
  assert.is(await busy, 42);

  const napper = spawn(() => sleep(60_000));
  await idle();
  const alsoRefused = await failureOf(explore(() => {}));
  assert.instance(alsoRefused, GreenletError);
  await napper.kill();

  const after = stateOfTheHub();
  assert.equal({ ...after, number: 0 }, { ...before, number: 0 });
  await explore(() => {}, { runs: 1 });
});

test('greenlets that are blocked from before are left alone, and are there afterwards', async () => {
  const queue = new Queue<number>();
  const outsider = spawn(() => queue.get());
  await idle();

  await explore(lockNotReleasedByNobody, { runs: 50, kill: true });

  assert.not(outsider.ready());
  queue.putNowait(1);
  assert.is(await outsider, 1);
});

function* lockNotReleasedByNobody(): Coroutine<void> {
  const lock = new Lock();
  const worker = spawn(function* () {
    using _ = yield* lock.hold();
    yield* sleep(1);
  });
  yield* worker.join();
  assert.not(lock.locked());
}

const badOptions: [string, ExploreOptions][] = [
  ['runs: 0', { runs: 0 }],
  ['runs: 1.5', { runs: 1.5 }],
  ['runs: NaN', { runs: Number.NaN }],
  ['seeds: [0.5]', { seeds: [0.5] }],
  ['seeds: [NaN]', { seeds: [Number.NaN] }],
];

for (const [what, options] of badOptions) {
  test(`${what} is a RangeError`, async () => {
    assert.instance(await failureOf(explore(() => {}, options)), RangeError);
  });
}

test('a scenario that is not a function throws a TypeError', async () => {
  assert.instance(await failureOf(explore(42 as never)), TypeError);
});

test('GREENHUB_SEED is the first seed, and replays its schedule', async () => {
  const program = `
    const { explore } = await import('greenhub/testing');
    const scenario = function* () {
      const lock = new Lock();
      const careless = spawn(function* () { yield* lock.acquire(); yield* sleep(1); lock.release(); });
      yield* careless.join();
      yield* lock.acquire();
    };
    console.log(JSON.stringify(await explore(() => {}, { runs: 3 })));
    try { await explore(scenario, { runs: 1_000, kill: true }); } catch (error) { console.log(error.seed); }`;

  const { stdout, stderr } = await runProgram(program, { env: { GREENHUB_SEED: '1234' } });

  assert.is(stderr, '');
  const [result, seed] = stdout.trim().split('\n');
  assert.equal(JSON.parse(result ?? ''), { runs: 3, seed: 1234 });
  assert.ok(Number(seed) >= 1234 && Number(seed) < 2234);
  const replayed = await runProgram(program, { env: { GREENHUB_SEED: seed as string } });
  assert.is(replayed.stdout.trim().split('\n')[1], seed);
});

test('a GREENHUB_SEED that is no whole number is a RangeError', async () => {
  const { stdout } = await runProgram(
    `const { explore } = await import('greenhub/testing');
    try { await explore(() => {}); } catch (error) { console.log(error.name); }`,
    { env: { GREENHUB_SEED: 'x' } },
  );

  assert.is(stdout, 'RangeError\n');
});

test('wrong kinds of seeds and runs are refused, and the message says what they are', async () => {
  const told = async (options: object) => String(await failureOf(explore(function* () {}, options)));

  assert.is(await told({ seeds: 5 }), 'TypeError: explore(): seeds must be a list of numbers, not 5');
  assert.is(await told({ seeds: '5' }), 'RangeError: explore(): a seed must be a whole number, not a string');
  assert.is(await told({ runs: '5' }), 'RangeError: explore(): runs must be a whole number, at least 1, not a string');
});

test('an empty list of seeds is refused', async () => {
  assert.instance(await failureOf(explore(function* () {}, { seeds: [] })), RangeError);
});

test('both outcomes of a promise with a timeout occur: its value and the timeout', async () => {
  const seen = new Set<string>();

  await explore(
    function* () {
      const answering = async (): Promise<string> => {
        await null;
        return 'answer';
      };
      seen.add(yield* withTimeout(1_000, answering, { timeoutValue: 'late' }));
    },
    { runs: 50 },
  );

  assert.ok(seen.has('answer'));
});

test('a scenario may wait in real time without being in a deadlock', async () => {
  await explore(
    function* () {
      for (let waits = 0; waits < 3; waits += 1) {
        yield* until(new Promise<void>((resolve) => setTimeout(resolve, 100)));
      }
    },
    { runs: 1 },
  );
});

test('the duration of a promise does not change the decisions of a seed', async () => {
  const traceWith = async (ms: number): Promise<readonly string[]> => {
    const failure = await failureOf(
      explore(
        function* () {
          const slow = spawn(() => until(new Promise<void>((resolve) => setTimeout(resolve, ms))));
          const workers = [1, 2, 3].map(() => spawn(() => sleep(5)));
          yield* joinall([slow, ...workers]);
          throw new Error('to see the trace');
        },
        { seeds: [5], kill: (greenlet) => greenlet.args.length > 0 },
      ),
    );
    return (failure as ScheduleError).trace;
  };

  assert.equal(await traceWith(2), await traceWith(30));
});

test('simpler schedules that would wait outside are given up and leave nothing behind', async () => {
  const error = await found(function* () {
    const order: string[] = [];
    const first = spawn(function* () {
      order.push('first');
      yield* sleep(0);
    });
    const second = spawn(function* () {
      order.push('second');
      yield* sleep(0);
    });
    const timer = spawn(() => sleep(1_000));
    yield* joinall([first, second]);
    if (order[0] === 'second') throw new Error('the second went first');
    yield* until(Promise.resolve());
    timer.kill();
  });

  assert.is((error.cause as Error).message, 'the second went first');
  assert.is(hub.timers.size, 0);
  await spawn(() => sleep(0));
});

test.run();
