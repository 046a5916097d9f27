import * as assert from 'uvu/assert';
import { host } from '../../../lib/hub/loop/host.ts';
import {
  Event,
  Greenlet,
  getcurrent,
  getHub,
  greenlet,
  idle,
  joinall,
  Queue,
  type RawGreenlet,
  race,
  shield,
  sleep,
  spawn,
  until,
  wait,
} from '../../../lib/index.ts';
import { runProgram } from '../../support/child.ts';
import { failureOf } from '../../support/failure.ts';
import { letTheHubGather } from '../../support/gathering.ts';
import { suite } from '../../support/harness.ts';
import { reportsMade } from '../../support/reports.ts';
import { withSwitchInterval } from '../../support/switch-interval.ts';

const test = suite('hub');
const hub = getHub();
const main = getcurrent();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function burn(ms: number): void {
  for (const began = performance.now(); performance.now() - began < ms; );
}

/** A test in which every drain goes on until nothing is ready, however slow the machine is. */
function withoutTimeSlices(name: string, body: () => Promise<void>): void {
  test(name, () => withSwitchInterval(Infinity, body));
}

/** A test in which each drain resumes one greenlet or two. */
function withShortestTimeSlices(name: string, body: () => Promise<void>): void {
  test(name, () => withSwitchInterval(0, body));
}

test('greenlets run in the order in which they became ready', async () => {
  const order: number[] = [];
  const jobs = [1, 2, 3].map((number) => spawn(() => order.push(number)));

  await Promise.all(jobs);

  assert.equal(order, [1, 2, 3]);
});

test('spawned greenlets run after those that were already ready', async () => {
  const order: string[] = [];
  const parent = spawn(() => {
    order.push('parent');
    return spawn(() => order.push('child'));
  });
  const sibling = spawn(() => order.push('sibling'));

  await parent;
  await sibling;

  assert.equal(order, ['parent', 'sibling', 'child']);
});

withoutTimeSlices(
  'many events from outside wait for the turn of the event loop, and keep their order with the rest',
  async () => {
    await letTheHubGather();
    const order: string[] = [];

    hub.gather(() => spawn(() => order.push('gathered')));
    queueMicrotask(() => order.push('microtask'));
    setImmediate(() => order.push('turn'));
    await turn();
    assert.equal(order, ['microtask', 'gathered', 'turn']);

    await letTheHubGather();
    order.length = 0;
    hub.gather(() => spawn(() => order.push('gathered')));
    spawn(() => order.push('at once'));
    setImmediate(() => order.push('turn'));
    await turn();
    assert.equal(order, ['gathered', 'at once', 'turn']);
  },
);

test('a failure while the hub gathers leaves nothing behind', async () => {
  await letTheHubGather();
  const order: string[] = [];
  const error = new Error('not woken');

  assert.throws(
    () =>
      hub.gather(() => {
        throw error;
      }),
    (thrown: unknown) => thrown === error,
  );
  spawn(() => order.push('greenlet'));
  setImmediate(() => order.push('turn'));
  await turn();

  assert.equal(order, ['greenlet', 'turn']);
});

withoutTimeSlices('the hub starts in a microtask after the current JavaScript job', async () => {
  await idle(); // after a turn, the hub has its whole switch interval
  const order: string[] = [];

  spawn(() => order.push('greenlet'));
  order.push('job');
  queueMicrotask(() => order.push('microtask'));
  setImmediate(() => order.push('turn'));
  await turn();

  assert.equal(order, ['job', 'greenlet', 'microtask', 'turn']);
});

test('the hub never runs inside spawn, set or put, not even of a running greenlet', async () => {
  const order: string[] = [];
  const event = new Event();
  const queue = new Queue<string>();
  const waiter = spawn(function* () {
    yield* event.wait();
    order.push('event');
  });
  const getter = spawn(function* () {
    order.push(yield* queue.get());
  });
  await sleep(0);

  const acting = (): void => {
    const child = spawn(() => order.push('spawned'));
    event.set();
    queue.putNowait('item');
    order.push(`acted ${child.ready()}`);
  };
  acting();
  await Promise.all([waiter, getter]);
  await sleep(0);

  assert.is(order[0], 'acted false');
  assert.equal(order.slice(1), ['spawned', 'event', 'item']);
});

test('waiters wake in the order in which they began to wait', async () => {
  const event = new Event();
  const order: number[] = [];
  const jobs = [1, 2, 3].map((number) =>
    spawn(function* () {
      yield* event.wait();
      order.push(number);
    }),
  );
  await sleep(0);

  event.set();
  await Promise.all(jobs);

  assert.equal(order, [1, 2, 3]);
});

test('greenlets that only ever sleep(0) do not keep the event loop from turning', async () => {
  let stop = false;
  let rounds = 0;
  const spinners = [1, 2, 3].map(() =>
    spawn(function* () {
      while (!stop) {
        rounds += 1;
        yield* sleep(0);
      }
    }),
  );
  for (let turns = 0; turns < 5; turns += 1) await turn();

  stop = true;
  await Promise.all(spinners);

  assert.ok(rounds > 0);
});

test('sleep(0) spinners delay a timer by not much more than the switch interval', async () => {
  let stop = false;
  const spinners = Array.from({ length: 1_000 }, () =>
    spawn(function* () {
      while (!stop) yield* sleep(0);
    }),
  );
  const delays: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { user, system } = process.cpuUsage(before);
    delays.push((user + system) / 1_000);
  }

  stop = true;
  await Promise.all(spinners);

  // The best of five, in the CPU time of this process, because the machine may be busy.
  assert.ok(Math.min(...delays) < 1 + 4 * hub.switchInterval, `delayed by ${delays.join(', ')} ms`);
});

test('the hub drains for not much more than the switch interval, however long each greenlet takes', async () => {
  await idle();
  let ran = 0;
  let ranBeforeTurn = 0;
  const jobs = Array.from({ length: 40 }, () =>
    spawn(() => {
      burn(2);
      ran += 1;
    }),
  );
  setImmediate(() => {
    ranBeforeTurn = ran;
  });

  await Promise.all(jobs);
  await turn();

  assert.ok(ranBeforeTurn <= 10, `${ranBeforeTurn} greenlets of 2 ms ran before the event loop got its turn`);
});

test('greenlets that wake each other through promises let the event loop turn, too', async () => {
  await idle();
  // Short drains first, after which the hub reads the clock less often.
  for (let count = 0; count < 20; count += 1) await spawn(() => until(Promise.resolve()));
  let ran = 0;
  let ranBeforeTurn = 0;
  setImmediate(() => {
    ranBeforeTurn = ran;
  });

  await spawn(function* () {
    for (; ran < 60; ran += 1) {
      burn(1);
      yield* until(Promise.resolve());
    }
  });
  await turn();

  assert.ok(ranBeforeTurn <= 20, `the event loop got its turn after ${ranBeforeTurn} ms`);
});

test('the hub has its whole time again when it has rested, and then starts in a microtask', async () => {
  await idle();
  const { now } = host;
  let time = now();
  const inMicrotask: boolean[] = [];
  host.now = () => time;
  try {
    for (let round = 0; round < 8; round += 1) {
      time += 2 * hub.switchInterval;
      const gr = spawn(() => {
        time += 1;
      });
      await null;
      inMicrotask.push(gr.ready());
    }
  } finally {
    host.now = now;
  }

  assert.equal(inMicrotask, Array(8).fill(true));
});

withoutTimeSlices('hub.switchInterval may be set', async () => {
  await idle();
  let ran = 0;
  let ranBeforeTurn = 0;
  const jobs = Array.from({ length: 200 }, () =>
    spawn(() => {
      burn(0.1);
      ran += 1;
    }),
  );
  setImmediate(() => {
    ranBeforeTurn = ran;
  });

  await Promise.all(jobs);
  await turn();

  assert.is(ranBeforeTurn, 200);
});

test('an error that no greenlet took goes to hub.handleError once, with the greenlet', async ({ reported }) => {
  const boom = new Error('boom');
  const gr: Greenlet = spawn(() => {
    throw boom;
  });

  await turn();
  await turn();

  assert.is(reported.length, 1);
  assert.is(reported[0]?.error, boom);
  assert.is(reported.splice(0)[0]?.greenlet, gr);
});

test('an error that reaches main from a raw greenlet is reported with that greenlet', async ({ reported }) => {
  const boom = new Error('boom');
  const raw = greenlet(function* () {
    yield* sleep(0);
    throw boom;
  }, main);
  const starter = spawn(function* () {
    yield* raw.switch();
  });
  const other = spawn(function* () {
    const back: RawGreenlet = greenlet(() => undefined);
    yield* back.switch();
    yield* sleep(0);
  });

  await other;
  await reportsMade();

  assert.is(reported[0]?.error, boom);
  assert.is(reported.splice(0)[0]?.greenlet, raw);
  await starter.kill();
});

test('an await of main begins correctly after a greenlet has switched with several arguments', async () => {
  const pair = greenlet(function* (a: number, b: number) {
    const [c, d]: number[] = yield* switcher.switch(a + b, b);
    return [c, d];
  });
  const switcher: RawGreenlet = spawn(function* () {
    yield* pair.switch(1, 2);
    yield* sleep(0);
  });

  // Awaited at once, so that main's wait begins right after the switches.
  const waited = sleep(0).then(() => 'waited');

  assert.is(await waited, 'waited');
  assert.is(await switcher, undefined);
});

test('an error that is taken by the next turn of the event loop is not reported', async ({ reported }) => {
  const boom = new Error('boom');
  const gr = spawn(() => {
    throw boom;
  });
  await null;
  await null;
  await null;

  assert.is(await failureOf(gr), boom);
  await turn();
  await turn();

  assert.is(reported.length, 0);
});

test('an error is not reported when its taker waited in time and only the hub was busy', async ({ reported }) => {
  const gr = spawn(() => {
    throw new Error('boom');
  });
  const busy = Array.from({ length: 500 }, () => spawn(() => burn(0.05)));

  await failureOf(gr);
  await Promise.all(busy);
  await turn();

  assert.is(reported.splice(0).length, 0);
});

withShortestTimeSlices(
  'an error is not reported when main awaits it after another greenlet, which only the hub has delayed',
  async () => {
    const failing = spawn(() => {
      throw new Error('boom');
    });
    const succeeding = spawn(() => 'done');

    assert.is(await succeeding, 'done');
    assert.is(((await failureOf(failing)) as Error).message, 'boom');
    await reportsMade();
  },
);

for (const [how, take] of Object.entries<(gr: Greenlet<never>) => unknown>({
  join: (gr) => spawn(() => gr.join()),
  get: (gr) => spawn(() => gr.get()).link(() => {}),
  link: (gr) => gr.link(() => {}),
  linkException: (gr) => gr.linkException(() => {}),
  'await, that catches it': (gr) => failureOf(gr),
})) {
  test(`an error that is taken by ${how} is not reported`, async ({ reported }) => {
    const gr = spawn((): never => {
      throw new Error('boom');
    });
    take(gr);

    await turn();
    await turn();

    assert.is(reported.splice(0).length, 0);
  });
}

test('an error of a raw greenlet that reaches the hub is given to hub.handleError', async ({ reported }) => {
  const boom = new Error('boom');
  const gr = spawn(function* () {
    const raw = greenlet(function* () {
      yield* sleep(1);
      throw boom;
    });
    spawn(() => gr.kill());
    yield* raw.switch();
  });

  await sleep(10);
  await reportsMade();

  assert.equal(
    reported.splice(0).map(({ error }) => error),
    [boom],
  );
});

test('an error reaches a joiner in main although other greenlets failed and were reported', async ({ reported }) => {
  spawn(() => {
    throw new Error('unheard');
  });
  const heard = spawn(() => {
    throw new Error('heard');
  });

  assert.is(((await failureOf(heard)) as Error).message, 'heard');
  await turn();
  await turn();

  assert.is(reported.splice(0).length, 1);
});

test('the report names the greenlet and says where it failed, once, on stderr', async () => {
  const ended = await runProgram(`
    function inner() { throw new Error('boom'); }
    const gr = spawn(function* worker() { yield* sleep(1); inner(); });
    gr.name = 'the-worker';
    await sleep(20);
    console.log('goes on');
  `);

  assert.is(ended.stdout, 'goes on\n');
  assert.is(ended.stderr.split('Error: boom').length - 1, 1);
  assert.match(ended.stderr, 'the-worker');
  assert.match(ended.stderr, 'inner');
});

test('the report has the spawn site when capture is on, by GREENHUB_DEBUG or by hand', async () => {
  const failing = `
    function spawner() { spawn(function* worker() { yield* sleep(1); throw new Error('boom'); }); }
    spawner();
    await sleep(20);
  `;

  const byVariable = await runProgram(failing, { env: { GREENHUB_DEBUG: '1' } });
  const byHand = await runProgram(`getHub().captureSpawnSites = true; ${failing}`);
  const off = await runProgram(failing);

  assert.match(byVariable.stderr, 'spawner');
  assert.match(byHand.stderr, 'spawner');
  assert.not.match(off.stderr, 'spawner');
});

test('the report of a value that is not an error does not fail', async () => {
  const ended = await runProgram(`
    for (const thrown of [undefined, null, 'text', 0, {}, Object.create(null), Symbol('s')]) {
      spawn(function* () { throw thrown; });
    }
    await sleep(20);
    console.log('goes on');
  `);

  assert.is(ended.stdout, 'goes on\n', ended.stderr);
  assert.is(ended.code, 1);
  assert.is(ended.stderr.split('nobody took').length - 1, 7);
});

test('a failed greenlet without a waiter does not end the process, and sets exit code 1', async () => {
  const ended = await runProgram(`
    spawn(() => { throw new Error('boom'); });
    spawnLater(5, () => console.log('later'));
  `);

  assert.is(ended.stdout, 'later\n');
  assert.is(ended.code, 1);
});

withoutTimeSlices('the living greenlets are the waiting, the ready, the unstarted and the running ones', async () => {
  const before = new Set(getHub().living());
  const others = () => [...getHub().living()].filter((greenlet) => !before.has(greenlet));
  const event = new Event();
  const waits = spawn(() => event.wait());
  const isReady = spawn(() => sleep(0));
  assert.equal(others(), [waits, isReady]);
  const late: Greenlet[] = [];
  const onTop: RawGreenlet = greenlet(function* () {
    yield* main.switch();
    // The greenlet that has switched here is below on the stack, and was never suspended.
    assert.ok(others().includes(asks));
    yield* asks.switch();
  });
  onTop.switch();
  const asks: Greenlet<void> = spawn(function* () {
    late.push(spawn(() => event.wait()));
    assert.equal(new Set(others()), new Set([waits, isReady, ...late, asks]));
    yield* onTop.switch();
    event.set();
  });
  await asks;
  await joinall([waits, isReady, ...late]);

  assert.equal(
    others().filter((greenlet) => greenlet instanceof Greenlet),
    [],
  );
});

test('a raw greenlet is living while it waits, and until it continues', async () => {
  let raw: RawGreenlet = main;
  const isLiving = () => [...getHub().living()].includes(raw);
  const event = new Event();
  const parent = spawn(function* () {
    raw = greenlet(() => event.wait());
    yield* raw.switch();
  });
  await sleep(0);

  assert.is(isLiving(), true);
  event.set();
  assert.is(isLiving(), true);
  await parent;
  assert.is(isLiving(), false);
});

test('a greenlet that is suspended without a wait is living once it has switched away', async () => {
  const before = new Set(getHub().living());
  const raw = greenlet(() => main.switch());
  const afterRace = spawn(function* () {
    yield* race([() => 1, () => 2]);
    yield* raw.switch();
  });
  const other = greenlet(() => main.switch());
  const afterKill: Greenlet<void> = spawn(function* () {
    afterKill.kill();
    try {
      yield* other.switch();
    } catch {
      yield* shield(function* () {
        yield* other.switch();
      });
    }
  });

  await idle();

  assert.equal(new Set([...getHub().living()].filter((gr) => !before.has(gr))), new Set([afterRace, afterKill]));
  afterRace.switch();
  afterKill.switch();
  await joinall([afterRace, afterKill]);
});

test('the hub does not keep a greenlet that was entered by a switch and never started', () => {
  const before = new Set(getHub().living());
  const unstarted = new Greenlet(function* () {
    yield* main.switch();
  });

  unstarted.switch();

  assert.equal(
    [...getHub().living()].filter((gr) => !before.has(gr)),
    [],
  );
});

withShortestTimeSlices(
  'the report of an error waits for all ready greenlets, even if one is killed before it begins',
  async () => {
    const failing = spawn(() => {
      throw new Error('taken late');
    });
    const many = Array.from({ length: 50 }, () => spawn(() => undefined));
    const taker = spawn(function* () {
      yield* failing.join();
    });
    while (!failing.dead) await turn();
    await turn();
    assert.is(many[40]?.dead, false);

    many[40]?.kill();
    await taker;
  },
);

test('an error that no greenlet takes is reported even if greenlets are continually killed before they begin', async () => {
  const hub = getHub();
  const { handleError } = hub;
  const reported: unknown[] = [];
  hub.handleError = (_, error) => reported.push(error);
  try {
    const churns = spawn(function* () {
      for (;;) {
        const killed = spawn(() => undefined);
        spawn(() => undefined);
        killed.kill();
        yield* sleep(0);
      }
    });
    const error = new Error('nobody takes it');
    spawn(() => {
      throw error;
    });
    while (reported.length === 0) await turn();

    assert.equal(reported, [error]);
    await churns.kill();
  } finally {
    hub.handleError = handleError;
  }
});

test('the hub is not idle while a greenlet has not begun', async () => {
  const order: string[] = [];
  const waits = spawn(function* () {
    spawn(function* () {
      yield* sleep(0);
      order.push('ended');
    });
    yield* wait();
    order.push('idle');
  });

  await waits;

  assert.equal(order, ['ended', 'idle']);
});

/**
 * Blocks a hundred unreferenced greenlets, collects garbage, kills the living ones, and returns how many cleaned up.
 */
async function cleanedUpAfterCollection(block: string): Promise<string> {
  const { stdout, stderr } = await runProgram(
    `
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--expose-gc');
    const gc = (await import('node:vm')).runInNewContext('gc');
    let cleaned = 0;
    (function () {
      for (let count = 0; count < 100; count += 1) {
        spawn(function* () { try { ${block} } finally { cleaned += 1; } });
      }
    })();
    await sleep(1);
    gc();
    await sleep(1);
    for (const greenlet of [...getHub().living()]) greenlet.kill?.();
    await sleep(1);
    console.log(cleaned);
    `,
  );
  return stdout + stderr;
}

test('a blocked greenlet is not collected: its finally runs when it is killed', async () => {
  assert.is(await cleanedUpAfterCollection('yield* new Event().wait();'), '100\n');
});

test('a greenlet that switches away at its first step is not collected either', async () => {
  assert.is(await cleanedUpAfterCollection('yield* getcurrent().parent.switch();'), '100\n');
});

test('switchInterval takes no time that is none', () => {
  const { switchInterval } = hub;
  for (const ms of [NaN, -1])
    assert.throws(() => (hub.switchInterval = ms), /switchInterval must be 0 or more milliseconds/);
  assert.throws(() => (hub.switchInterval = '5' as unknown as number), /switchInterval must be a number/);
  assert.is(hub.switchInterval, switchInterval);
});

test.run();
