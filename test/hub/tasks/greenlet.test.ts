import * as assert from 'uvu/assert';
import {
  Event,
  Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  greenlet,
  joinall,
  nursery,
  Pool,
  RawGreenlet,
  sleep,
  spawn,
  spawnLater,
  Timeout,
} from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('Greenlet');
const main = getcurrent();
const hub = getHub();

function* forever() {
  yield* sleep(Infinity);
}

test('spawn() never runs the body at once', async () => {
  let ran = false;

  const gr = spawn(() => {
    ran = true;
  });

  assert.is(ran, false);
  await gr;
  assert.is(ran, true);
});

test('spawn() passes the arguments on, which stay readable', async () => {
  const gr = spawn((a: number, b: string) => `${a}${b}`, 1, 'x');

  assert.equal(gr.args, [1, 'x']);
  assert.is(await gr, '1x');
});

test('spawn() gives the same as new Greenlet()', async () => {
  const made = new Greenlet((...args: number[]) => args.length, 1, 2, 3);
  const spawned = spawn((...args: number[]) => args.length, 1, 2, 3);
  made.start();

  assert.is(Object.getPrototypeOf(spawned), Greenlet.prototype);
  assert.is(spawned.constructor, Greenlet);
  for (const field of Object.keys(spawned)) assert.ok(Object.keys(made).includes(field), field);
  for (const gr of [made, spawned]) {
    assert.is(gr.spawnedBy, main);
    assert.is(gr.parent, main);
    assert.ok(gr.started && !gr.dead);
    assert.equal(gr.args, [1, 2, 3]);
  }
  for (const gr of [made, spawned]) assert.is(await gr, 3);
  assert.is(spawned.id, made.id + 1);
});

test('the arguments, however many, and the id never change', async () => {
  for (const count of [0, 1, 2, 3, 10]) {
    const args = Array.from({ length: count }, (_, at) => (at === 0 ? undefined : at));
    const returns = spawn((...given: unknown[]) => given, ...args);
    const throws = spawn(
      (...given: unknown[]) => {
        throw given;
      },
      ...args,
    );
    const never = spawn((...given: unknown[]) => given, ...args);
    const { id } = returns;
    const killed = never.kill();
    // Called before it has ended, and after.
    await Promise.all([returns.join(), failureOf(throws), killed]);
    await failureOf(throws);

    assert.equal(returns.value, args);
    assert.equal(throws.exception, args);
    for (const [at, gr] of [returns, throws, never].entries()) {
      assert.equal(gr.args, args);
      assert.is(gr.id, id + at);
    }
  }
});

test('one in the midst of many that have not begun can be killed, entered by a switch, and thrown into', async () => {
  const order: number[] = [];
  const run = (n: number) => {
    order.push(n);
    return n;
  };
  const many = Array.from({ length: 9 }, (_, n) => spawn(run, n));
  const at = (n: number) => many[n] as Greenlet<number>;

  at(2).kill();
  at(4).switch();
  at(5).switch();
  at(6).throw(new RangeError('thrown in'));
  at(8).kill();
  const last = spawn(run, 9);
  assert.equal(order, [4, 5]);
  await joinall([...many, last]);

  assert.equal(order, [4, 5, 0, 1, 3, 7, 9]);
  assert.ok(at(2).exception instanceof GreenletExit);
  assert.ok(at(6).exception instanceof RangeError);
});

test('one in the midst of many that have not begun can be entered by one of them, and blocks', async () => {
  const order: string[] = [];
  const event = new Event();
  function* body(name: string) {
    order.push(name);
    yield* event.wait();
    order.push(`${name} again`);
  }
  const enters = spawn(function* () {
    order.push('enters');
    yield* entered.switch();
  });
  const before = spawn(body, 'before');
  const entered: Greenlet = spawn(body, 'entered');
  const after = spawn(body, 'after');

  await sleep(0);
  assert.equal(order, ['enters', 'entered', 'before', 'after']);
  event.set();
  await joinall([before, entered, after]);
  enters.switch();
  await enters;

  assert.equal(order.slice(4), ['entered again', 'before again', 'after again']);
});

test('spawn() refuses a value that is not a function, at the caller', () => {
  assert.instance(
    thrownBy(() => spawn(5 as never)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => spawnLater(1, null as never)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => new Greenlet(undefined as never)),
    TypeError,
  );
});

test('a spawned greenlet is a RawGreenlet and an Operation', () => {
  const gr = spawn(() => 1);

  assert.instance(gr, RawGreenlet);
  assert.type(gr.then, 'function');
  assert.type(gr[Symbol.iterator], 'function');
});

test('an async function may be spawned, and is finished when its promise settles', async () => {
  const gate = new Event();
  const gr = spawn(async () => {
    await gate.wait();
    return 'settled';
  });
  await sleep(0);

  assert.is(gr.ready(), false);
  gate.set();

  assert.is(await gr, 'settled');
});

test('an async function that rejects fails its greenlet', async () => {
  const boom = new Error('boom');

  assert.is(await failureOf(spawn(async () => Promise.reject(boom))), boom);
});

test('killing an async body ends its greenlet', async () => {
  const gr = spawn(async () => new Promise(() => {}));
  await sleep(0);

  await gr.kill();

  assert.instance(gr.exception, GreenletExit);
});

test('getcurrent() in a plain, a generator and an async body is its greenlet', async () => {
  const here = () => (getcurrent() as Greenlet).id;
  const plain = spawn(here);
  const coroutine = spawn(function* () {
    yield* sleep(0);
    return here();
  });
  const asynchronous = spawn(async () => here());

  assert.is(await plain, plain.id);
  assert.is(await coroutine, coroutine.id);
  assert.is(await asynchronous, asynchronous.id);
});

test('value and exception show how it ended', async () => {
  const boom = new Error('boom');
  const fine = spawn(() => 'value');
  const failed = spawn(() => {
    throw boom;
  });
  assert.equal([fine.value, fine.exception, fine.ready(), fine.successful()], [undefined, null, false, false]);

  await joinall([fine, failed]);

  assert.equal([fine.value, fine.exception, fine.ready(), fine.successful()], ['value', null, true, true]);
  assert.is(failed.exception, boom);
  assert.equal([failed.value, failed.ready(), failed.successful()], [undefined, true, false]);
});

test('any value may be thrown, even undefined', async () => {
  for (const thrown of [undefined, null, 0, 'text']) {
    const gr = spawn(() => {
      throw thrown;
    });

    assert.is(await failureOf(gr), thrown);
    assert.is(gr.successful(), false);
    assert.is(gr.ready(), true);
  }
});

test('yield* and await of a greenlet are get()', async () => {
  const boom = new Error('boom');
  const fine = spawn(() => 'value');
  const failed = spawn(() => {
    throw boom;
  });
  const reader = spawn(function* () {
    const value = yield* fine;
    try {
      yield* failed;
    } catch (error) {
      return [value, error];
    }
  });

  assert.equal(await reader, ['value', boom]);
  assert.is(await fine, 'value');
  assert.is(await fine.get(), 'value');
  assert.is(await failureOf(failed), boom);
});

test('get() of a killed greenlet throws its GreenletExit', async () => {
  const gr = spawn(forever);
  await sleep(0);
  gr.kill();

  const error = await failureOf(gr.get());

  assert.instance(error, GreenletExit);
  assert.is(gr.exception, error);
});

test('get() with a timeout throws Timeout, and the greenlet continues', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* () {
      yield* sleep(20);
      return 'late';
    });

    assert.instance(await failureOf(gr.get({ timeout: 10 })), Timeout);
    assert.is(await gr.get({ timeout: 100 }), 'late');
    assert.is(hub.timers.size, 0);
  });
});

test('get() with timeout 0 polls', async () => {
  const gr = spawn(() => 'value');

  const early = spawn(() => new Greenlet(() => 1).get({ timeout: 0 }));
  assert.instance(await failureOf(early), Timeout);
  await gr.join();
  assert.is(await gr.get({ timeout: 0 }), 'value');
});

test('join() throws nothing, and gives up in silence when the time is up', async () => {
  await onVirtualTime(async () => {
    const failed = spawn(() => {
      throw new Error('boom');
    });
    const slow = spawn(forever);

    assert.is(await failed.join(), undefined);
    assert.is(await slow.join({ timeout: 5 }), undefined);
    assert.is(slow.dead, false);
    slow.kill();
  });
});

test('join() and get() of an ended greenlet do not block', async () => {
  const ended = spawn(() => 'value');
  await ended;
  const order: string[] = [];
  const a = spawn(function* () {
    yield* ended.join();
    order.push(yield* ended);
  });
  const b = spawn(() => order.push('b'));

  await a;
  await b;

  assert.equal(order, ['value', 'b']);
});

for (const timeout of [NaN, -1, -Infinity]) {
  test(`a time of ${timeout} is a RangeError, and a kill with it does not act`, async () => {
    const gr = spawn(() => 'alive');
    const range = (fn: () => unknown): void => assert.instance(thrownBy(fn), RangeError);

    range(() => gr.join({ timeout }));
    range(() => gr.get({ timeout }));
    range(() => gr.kill({ timeout }));
    range(() => spawnLater(timeout, forever));
    range(() => new Greenlet(forever).startLater(timeout));

    assert.is(await gr, 'alive');
  });
}

test('undefined and Infinity wait forever', async () => {
  await onVirtualTime(async () => {
    const gr = spawn(function* () {
      yield* sleep(1_000_000);
      return 'value';
    });

    await Promise.all([gr.join({ timeout: Infinity }), gr.join({ timeout: undefined }), gr.join({})]);

    assert.is(gr.value, 'value');
  });
});

test('new Greenlet() makes one unstarted; started is true from start() on', async () => {
  const gr = new Greenlet(() => 'value');
  assert.equal([gr.started, gr.active, gr.dead], [false, false, false]);

  gr.start();

  assert.is(gr.started, true);
  await gr;
  assert.equal([gr.started, gr.active, gr.dead], [true, false, true]);
});

test('active is started and not dead, also before the first run', async () => {
  const gr = new Greenlet(() => 'value');

  gr.start();

  assert.is(gr.active, true);
  await gr;
  assert.is(gr.active, false);
});

test('a second start() does nothing', async () => {
  let runs = 0;
  const gr = new Greenlet(() => {
    runs += 1;
  });

  gr.start();
  gr.start();
  await gr;
  gr.start();
  await sleep(0);

  assert.is(runs, 1);
});

test('spawnLater() and startLater() start in a while', async () => {
  await onVirtualTime(async (clock) => {
    const at: number[] = [];
    const later = new Greenlet(() => at.push(clock.now()));
    later.startLater(20);

    const gr = spawnLater(10, (x: number) => at.push(clock.now() + x), 0.5);
    assert.is(gr.started, true);
    await gr;
    await later;

    assert.equal(at, [10.5, 20]);
  });
});

test('spawnLater(0) does not run at once either', async () => {
  let ran = false;

  const gr = spawnLater(0, () => {
    ran = true;
  });

  assert.is(ran, false);
  await gr;
});

test('a kill before the first run means the body never runs', async () => {
  let ran = 0;
  const run = (): void => {
    ran += 1;
  };
  const unstarted = new Greenlet(run);
  const queued = spawn(run);
  const later = spawnLater(10, run);

  for (const gr of [unstarted, queued, later]) {
    gr.kill();
    assert.is(gr.dead, true);
    assert.is(gr.ready(), true);
    assert.is(gr.successful(), false);
    assert.instance(gr.exception, GreenletExit);
  }
  unstarted.start();
  await sleep(0);

  assert.is(ran, 0);
  assert.is(hub.timers.size, 0);
});

test('a kill before the first run wakes earlier joiners', async () => {
  const gr = spawnLater(1_000_000, forever);
  const joiner = spawn(() => gr.join());
  await sleep(0);

  gr.kill();

  await joiner;
});

test('get() throws the reason of a kill before the first run', async () => {
  const reason = new Error('reason');
  const gr = spawn(forever);

  gr.kill({ reason });

  assert.is(await failureOf(gr), reason);
});

test('a greenlet that was to start later and is switched to before sleeps as long as it says', async () => {
  let runs = 0;
  const later = spawnLater(5, function* () {
    runs += 1;
    const began = hub.now();
    yield* sleep(30);
    return hub.now() - began;
  });
  const switcher = spawn(function* () {
    yield* later.switch();
  });

  const slept = await later;
  await switcher.kill();
  const left = hub.timers.size;
  await sleep(30);

  assert.is(runs, 1);
  assert.ok(slept >= 29, `slept ${slept} ms`);
  assert.is(left, 0);
});

test('a greenlet that was to start later and has ended by a switch from main stays dead', async () => {
  const later = spawnLater(5, () => 'value');

  later.switch();
  assert.is(later.dead, true);
  const left = hub.timers.size;
  await sleep(10);

  assert.is(later.dead, true);
  assert.is(later.value, 'value');
  assert.is(left, 0);
});

test('throwing into a greenlet that was to start later kills it for good', async () => {
  const boom = new Error('boom');
  const later = spawnLater(5, () => 'value');

  later.throw(boom);
  const error = await failureOf(later);
  const left = hub.timers.size;
  await sleep(10);

  assert.is(error, boom);
  assert.is(later.exception, boom);
  assert.is(left, 0);
});

test('a queued greenlet that is switched to before its turn runs once', async () => {
  let runs = 0;
  const queued = spawn(function* () {
    runs += 1;
    yield* sleep(0);
    yield* sleep(0);
  });

  thrownBy(() => queued.switch());
  await failureOf(queued);

  assert.is(runs, 1);
});

test('the name says the function and the id, and can be set', () => {
  const gr = new Greenlet(forever);

  assert.match(gr.name, 'forever');
  assert.match(gr.name, String(gr.id));
  gr.name = 'worker';
  assert.is(gr.name, 'worker');
});

test('each greenlet has an id of its own', () => {
  const ids = [new Greenlet(forever), new Greenlet(forever), new Greenlet(forever)].map((gr) => gr.id);

  assert.is(new Set(ids).size, 3);
});

test('args are always the arguments of spawn(), however many', async () => {
  const seen: unknown[][] = [];
  const note = (...args: unknown[]) => seen.push(args);
  const all = [[], [undefined], [[1, 2]], [[]], ['a', 'b'], [1, 2, 3]];
  const greenlets = all.map((args) => spawn(note, ...args));
  const unstarted = new Greenlet(note, 'x', 'y');

  assert.equal(
    greenlets.map(({ args }) => args),
    all,
  );
  await joinall(greenlets);

  assert.equal(seen, all);
  assert.equal(
    greenlets.map(({ args }) => args),
    all,
  );
  assert.equal(unstarted.args, ['x', 'y']);
});

test('an argument is only handed on, and never looked at', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();

  assert.is(await spawn((argument: object) => typeof argument, proxy), 'object');
});

test('a change to the args of a greenlet does not affect another', async () => {
  const first = spawn(() => 1);
  (first.args as unknown[]).push('mine');

  assert.equal(spawn(() => 2).args, []);
});

test('a function that inherits from a generator function is called like any other', async () => {
  const plain = Object.setPrototypeOf(
    () => 5,
    function* () {},
  ) as () => number;

  assert.is(await spawn(plain), 5);
});

test('the parent is main until another is set, even if a greenlet has spawned it', async () => {
  let child: Greenlet | undefined;
  const spawner = spawn(() => {
    child = spawn(() => 1);
  });
  await spawner;
  const main = getcurrent();
  assert.is(child?.parent, main);
  const other = greenlet(() => undefined);

  (child as Greenlet).parent = other;

  assert.is(child?.parent, other);
  assert.throws(() => {
    other.parent = child as Greenlet;
  }, /cannot become its parent/);
  assert.is(await child, 1, 'what it ends with goes to who waits for it all the same');
});

test('spawnedBy is the greenlet that spawned it, or main', async () => {
  let child: Greenlet | undefined;
  const parent = spawn(() => {
    child = spawn(forever);
  });
  await parent;

  assert.is(parent.spawnedBy, main);
  assert.is(child?.spawnedBy, parent);
  child?.kill();
});

test('the spawn site is noted when capture is on, and only then', () => {
  const before = hub.captureSpawnSites;
  hub.captureSpawnSites = true;
  const noted = new Greenlet(forever);
  hub.captureSpawnSites = false;
  const plain = new Greenlet(forever);
  hub.captureSpawnSites = before;

  assert.match(noted.spawnSite ?? '', 'greenlet.test.ts');
  assert.is(plain.spawnSite, undefined);
});

test('the spawn site begins with the line of the program, in whatever way the greenlet is made', async () => {
  const before = hub.captureSpawnSites;
  hub.captureSpawnSites = true;
  try {
    const pool = new Pool(3);
    const made = [new Greenlet(() => 1), spawn(() => 1), spawnLater(0, () => 1), pool.spawn(() => 1)];
    await nursery((n) => {
      made.push(n.spawn(() => 1));
    });
    for (const gr of made) {
      gr.start();
      await gr;
      assert.match(gr.spawnSite?.split('\n')[0] ?? '', 'greenlet.test.ts');
    }
  } finally {
    hub.captureSpawnSites = before;
  }
});

test('the signal is aborted when the greenlet is killed, with the reason', async () => {
  const gr = spawn(forever);
  const { signal } = gr;
  await sleep(0);
  assert.is(signal.aborted, false);

  gr.kill();

  assert.is(signal.aborted, true);
  assert.is(gr.signal, signal);
  await gr.join();
  assert.is(signal.reason, gr.exception);
});

test('the signal is aborted by a kill before the first run', () => {
  for (const gr of [new Greenlet(forever), spawn(forever), spawnLater(1_000, forever)]) {
    const { signal } = gr;

    gr.kill();

    assert.is(signal.aborted, true);
  }
});

test('a signal asked for after the kill is aborted', async () => {
  for (const reason of [undefined, new Error('reason')]) {
    const gr = spawn(forever);
    await sleep(0);
    gr.kill({ reason });
    assert.is(gr.signal.aborted, true);
    await gr.join();
    const late = spawn(forever);
    await sleep(0);
    await late.kill({ reason });
    assert.is(late.signal.aborted, true, `killed with ${String(reason)}, and asked for after its death`);
  }
});

test('the signal of a greenlet that ended by itself is not aborted', async () => {
  const gr = spawn(() => 'value');
  const { signal } = gr;

  await gr;

  assert.is(signal.aborted, false);
  assert.is(spawn(() => 1).signal.aborted, false);
});

test('the signal is aborted while the greenlet is shielded', async () => {
  const { shield } = await import('../../../lib/index.ts');
  const gate = new Event();
  const gr = spawn(() => shield(gate.wait()));
  const { signal } = gr;
  await sleep(0);

  gr.kill();

  assert.is(signal.aborted, true);
  assert.is(gr.dead, false);
  gate.set();
  await gr.join();
});

test('a greenlet whose body returns a greenlet object gives that object', async () => {
  const inner = spawn(() => 'inner');
  const gr = spawn(function* () {
    yield* sleep(0);
    return { inner };
  });

  assert.is((await gr).inner, inner);
});

test('a body that is an async generator function gives an async generator, which does not run', async () => {
  let ran = false;

  const generator = await spawn(async function* () {
    ran = true;
    yield 1;
  });

  assert.type(generator[Symbol.asyncIterator], 'function');
  assert.is(ran, false);
});

test('a plain body that returns an operation runs it', async () => {
  assert.is(await spawn(() => spawn(() => 'inner')), 'inner');
});

test('a greenlet that joins and is killed leaves the joined one alone', async () => {
  const target = spawn(forever);
  const joiner = spawn(() => target.join());
  await sleep(0);

  await joiner.kill();

  assert.is(target.dead, false);
  await target.kill();
});

test('a hundred thousand greenlets can wait for one', async () => {
  const gate = new Event();
  const target = spawn(() => gate.wait());
  let woken = 0;
  for (let count = 0; count < 100_000; count += 1) {
    spawn(function* () {
      yield* target;
      woken += 1;
    });
  }
  await sleep(0);

  gate.set();
  await sleep(0);
  await sleep(0);
  await sleep(0);

  assert.is(woken, 100_000);
});

test.run();
