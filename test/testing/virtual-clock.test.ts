import { createServer, get as httpGet, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import {
  action,
  getHub,
  Queue,
  RateLimiter,
  retry,
  sleep,
  spawn,
  spawnLater,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { explore, VirtualClock, waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/virtual-clock');
const hub = getHub();

test('an hour passes in a moment, and is an hour', async () => {
  using clock = VirtualClock.install();
  const began = performance.now();

  await sleep(3_600_000);

  assert.is(clock.now(), 3_600_000);
  assert.is(hub.now(), 3_600_000);
  assert.ok(performance.now() - began < 60_000);
});

test('deadlines come in their order, and equal ones in the order in which they were set', async () => {
  using clock = VirtualClock.install();
  const order: string[] = [];
  const napper = function* (name: string, ms: number) {
    yield* sleep(ms);
    order.push(`${name} ${clock.now()}`);
  };

  const nappers = [
    spawn(napper, 'c', 30),
    spawn(napper, 'a', 10),
    spawn(napper, 'b', 10),
    spawn(napper, 'd', 30),
    spawn(napper, 'e', 20.5),
  ];
  await Promise.all(nappers);

  assert.equal(order, ['a 10', 'b 10', 'e 21', 'c 30', 'd 30']);
});

test('time stands still while any greenlet can run', async () => {
  using clock = VirtualClock.install();
  let turns = 0;
  const busy = spawn(function* () {
    for (; turns < 1_000; turns += 1) yield* sleep(0);
    return clock.now();
  });
  const napper = spawn(function* () {
    yield* sleep(5);
    return turns;
  });

  assert.is(await busy, 0);
  assert.is(await napper, 1_000);
});

const waits: Record<string, (ms: number) => PromiseLike<unknown>> = {
  'sleep()': (ms) => sleep(ms),
  'withTimeout()': (ms) => withTimeout(ms, sleep(Infinity), { timeoutValue: 'late' }),
  'a Timeout': (ms) =>
    spawn(function* () {
      using timeout = Timeout.startNew(ms);
      try {
        yield* sleep(Infinity);
      } catch (error) {
        assert.is(error, timeout);
      }
    }),
  'the timeout of a call': (ms) => failureOf(new Queue<number>().get({ timeout: ms })),
  'spawnLater()': (ms) => spawnLater(ms, () => 'done'),
  'a RateLimiter': (ms) =>
    spawn(function* () {
      const limiter = new RateLimiter({ limit: 1, interval: ms });
      yield* limiter.take();
      yield* limiter.take();
    }),
  'the pauses of retry()': (ms) => {
    let calls = 0;
    return retry(
      () => {
        calls += 1;
        if (calls < 3) throw new Error('not yet');
      },
      { minDelay: ms / 3, maxDelay: ms, factor: 2 },
    );
  },
};

for (const [what, wait] of Object.entries(waits)) {
  test(`${what} follows it`, async () => {
    using clock = VirtualClock.install();

    await wait(60_000);

    assert.is(clock.now(), 60_000);
  });
}

test('it starts at the given time', async () => {
  using clock = VirtualClock.install({ start: 1_000 });

  await sleep(5);

  assert.is(clock.now(), 1_005);
});

test('advance() lets time pass by hand, deadline by deadline, with all that follows from each', async () => {
  using clock = VirtualClock.install({ autojump: false });
  const woke: number[] = [];
  const job = spawn(function* () {
    for (const ms of [10, 20, 30]) {
      yield* sleep(ms);
      woke.push(clock.now());
    }
  });

  await clock.advance(9);
  assert.equal([woke, clock.now()], [[], 9]);
  await clock.advance(21);
  assert.equal([woke, clock.now()], [[10, 30], 30]);
  await clock.advance(100);
  assert.equal([woke, clock.now()], [[10, 30, 60], 130]);
  assert.ok(job.successful());
});

test('advance() works in a greenlet, too, and with no timer at all', async () => {
  using clock = VirtualClock.install({ autojump: false });
  const tester = spawn(function* () {
    const napper = spawn(() => sleep(10));
    yield* clock.advance(9);
    const before = napper.ready();
    yield* clock.advance(1);
    yield* napper.join();
    yield* clock.advance(5);
    return [before, napper.ready(), clock.now()];
  });

  assert.equal(await tester, [false, true, 15]);
});

test('advance(0) lets all that is ready run, and no time pass', async () => {
  using clock = VirtualClock.install({ autojump: false });
  let ran = false;
  spawn(function* () {
    yield* sleep(0);
    ran = true;
  });

  await clock.advance(0);

  assert.ok(ran);
  assert.is(clock.now(), 0);
});

for (const ms of [-1, Number.NaN]) {
  test(`advance(${ms}) is a RangeError, and so are such options`, () => {
    const clock = new VirtualClock();

    assert.instance(
      thrownBy(() => clock.advance(ms)),
      RangeError,
    );
    assert.instance(
      thrownBy(() => new VirtualClock({ patience: ms })),
      RangeError,
    );
    assert.instance(
      thrownBy(() => new VirtualClock({ start: ms })),
      RangeError,
    );
  });
}

test('without autojump nothing happens by itself', async () => {
  using clock = VirtualClock.install({ autojump: false });
  const napper = spawn(() => sleep(1));

  await new Promise((resolve) => setTimeout(resolve, 10));

  assert.not(napper.ready());
  await clock.advance(1);
  await napper;
});

test('a request to a real server does not time out before its answer, however little time it has', async () => {
  using clock = VirtualClock.install();
  const server = await listen((respond) => setTimeout(respond, 30));
  try {
    const text = await withTimeout(
      5,
      until((signal) => request(server, signal)),
    );

    assert.is(text, 'answer');
    assert.is(clock.now(), 0);
  } finally {
    server.close();
  }
});

test('a fetch(), too', async () => {
  using clock = VirtualClock.install();
  const server = await listen((respond) => setTimeout(respond, 30));
  try {
    const { port } = server.address() as AddressInfo;
    const text = await withTimeout(5, function* () {
      const response = yield* until((signal) => fetch(`http://127.0.0.1:${port}/`, { signal }));
      return yield* until(response.text());
    });

    assert.is(text, 'answer');
    assert.is(clock.now(), 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('with a patience of 0 nothing outside is waited for', async () => {
  using clock = VirtualClock.install({ patience: 0 });
  const never = action<void>(() => () => {});

  assert.instance(await failureOf(withTimeout(60_000, never)), Timeout);

  assert.is(clock.now(), 60_000);
});

test('with activity of the host, a promise that never settles is given up after the patience', async () => {
  using clock = VirtualClock.install({ patience: 20 });
  const underWay = setTimeout(() => {}, 60_000);
  const began = performance.now();

  const error = await failureOf(withTimeout(60_000, until(new Promise<void>(() => {}))));

  assert.instance(error, Timeout);
  assert.is(clock.now(), 60_000);
  assert.ok(performance.now() - began >= 15);
  clearTimeout(underWay);
});

test('while nothing of the host is under way, no promise can settle but through greenlets, and time need not wait', async () => {
  using clock = VirtualClock.install({ patience: Infinity });
  const slow = spawn(async () => {
    await sleep(3_600_000);
    await sleep(3_600_000);
  });

  await slow;

  assert.is(clock.now(), 7_200_000);
});

test('with endless patience, time waits for activity outside', async () => {
  using clock = VirtualClock.install({ patience: Infinity });
  let settle = (): void => {};
  const outside = spawn(() =>
    until(
      new Promise<void>((resolve) => {
        settle = resolve;
      }),
    ),
  );
  const napper = spawn(() => sleep(10));

  await new Promise<void>((resolve) =>
    setTimeout(() => {
      assert.is(clock.now(), 0);
      settle();
      resolve();
    }, 20),
  );
  await outside;
  await napper;

  assert.is(clock.now(), 10);
});

test('uninstall() gives the hub its own clock back', async () => {
  const before = hub.now();
  const clock = VirtualClock.install();
  await sleep(3_600_000);

  clock.uninstall();

  assert.ok(hub.now() >= before && hub.now() < before + 60_000);
  clock.uninstall();
});

test('timers that run when it is installed keep the time that they had left', async () => {
  const napper = spawn(() => sleep(60_000));
  await waitAllBlocked();
  using clock = VirtualClock.install();

  await napper;

  // Some real time may have passed before.
  assert.ok(clock.now() > 50_000 && clock.now() <= 60_001, `${clock.now()} ms`);
});

test('timers that run when it is taken away keep the time that they had left', async () => {
  const began = performance.now();
  const clock = VirtualClock.install({ autojump: false });
  const napper = spawn(() => sleep(60_000));
  await clock.advance(59_990);

  clock.uninstall();
  assert.not(napper.ready());
  await napper;

  const took = performance.now() - began;
  assert.ok(took >= 8 && took < 50_000, `${took} ms`);
});

test('`using` takes it away at the end of the block', async () => {
  const before = hub.timers.clock;
  {
    using clock = VirtualClock.install();
    assert.is(hub.timers.clock, clock);
    await sleep(10);
  }

  assert.is(hub.timers.clock, before);
});

test('a second install() does nothing', async () => {
  const clock = VirtualClock.install();
  const before = hub.timers.clock;

  assert.is(clock.install(), clock);
  assert.is(hub.timers.clock, before);
  clock.uninstall();

  assert.is.not(hub.timers.clock, clock);
});

for (const order of [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]) {
  test(`clocks are uninstalled in any order (${order}), and the hub follows the last that is left`, async () => {
    const own = hub.timers.clock;
    const clocks = [1, 2, 3].map((day) => VirtualClock.install({ start: day * 86_400_000 }));
    const left = new Set(clocks);

    for (const index of order) {
      const napper = spawn(() => sleep(3_600_000));
      await waitAllBlocked();
      const clock = clocks[index] as VirtualClock;
      left.delete(clock);
      clock.uninstall();

      const last = [...left].at(-1);
      assert.is(hub.timers.clock, last ?? own);
      if (last === undefined) await napper.kill();
      else {
        const before = last.now();
        await napper;
        assert.is(last.now(), before + 3_600_000);
      }
    }
  });
}

test('a clock that a scenario of explore() leaves installed is gone with its schedule', async () => {
  using clock = VirtualClock.install();
  const left: VirtualClock[] = [];

  await explore(() => void left.push(VirtualClock.install()), { seeds: [1, 2] });
  for (const each of left) each.uninstall();

  assert.is(hub.timers.clock, clock);
  await sleep(10);
});

test('a clock that is uninstalled in a scenario of explore() does not take the clock of the schedule away', async () => {
  const own = hub.timers.clock;
  const clock = VirtualClock.install();
  const times: number[] = [];

  await explore(
    function* () {
      clock.uninstall();
      yield* sleep(3_600_000);
      times.push(hub.now());
    },
    { seeds: [1] },
  );

  assert.ok((times[0] as number) >= 3_600_000);
  assert.is(hub.timers.clock, own);
});

async function listen(answer: (respond: () => void) => void): Promise<Server> {
  const server = createServer((_, response) => answer(() => response.end('answer')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function request(server: Server, signal: AbortSignal): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = httpGet({ port, host: '127.0.0.1', signal, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

test('it cannot advance by Infinity', () => {
  using clock = VirtualClock.install({ autojump: false });

  assert.instance(
    thrownBy(() => clock.advance(Infinity)),
    RangeError,
  );
});

test.run();
