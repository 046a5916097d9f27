import * as assert from 'uvu/assert';
import {
  type Coroutine,
  GreenletError,
  GreenletExit,
  getcurrent,
  greenlet,
  type Operation,
  type RawGreenlet,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('switch');
const main = getcurrent();

test('the classic pair prints 12, 56, 34, 78', () => {
  const log: number[] = [];
  const gr1 = greenlet(function* () {
    log.push(12);
    yield* gr2.switch();
    log.push(34);
    yield* gr2.switch();
  });
  const gr2 = greenlet(function* () {
    log.push(56);
    yield* gr1.switch();
    log.push(78);
  });

  gr1.switch();

  assert.equal(log, [12, 56, 34, 78]);
});

test('without its second switch the classic pair stops after 34, and gr2 never finishes', () => {
  const log: number[] = [];
  const gr1 = greenlet(function* () {
    log.push(12);
    yield* gr2.switch();
    log.push(34);
  });
  const gr2 = greenlet(function* () {
    log.push(56);
    yield* gr1.switch();
    log.push(78);
  });

  gr1.switch();

  assert.equal(log, [12, 56, 34]);
  assert.is(gr1.dead, true);
  assert.is(gr2.active, true);
});

test('from main a switch runs at once, and gives the value that comes back', () => {
  const gr = greenlet(function* (x: number) {
    const y: number = yield* main.switch(x + 1);
    return y + 1;
  });

  assert.is(gr.switch(1).value, 2);
  assert.is(gr.switch(10).value, 11);
});

test('the result of a switch from main may be awaited, and does not run again', async () => {
  let runs = 0;
  const gr = greenlet(function* () {
    runs += 1;
    yield* main.switch('first');
    runs += 1;
  });

  const value = await gr.switch();

  assert.is(value, 'first');
  assert.is(runs, 1);
  gr.throw();
});

test('the first switch passes all its arguments to run', () => {
  for (const args of [[], [1], [1, 2], [1, 2, 3], [undefined], [[1, 2]]]) {
    let got: unknown[] | undefined;
    greenlet((...rest: unknown[]) => {
      got = rest;
    }).switch(...args);

    assert.equal(got, args);
  }
});

test('later switches deliver undefined for none, the value for one, an array for several', () => {
  const got: unknown[] = [];
  const gr = greenlet(function* () {
    for (;;) got.push(yield* main.switch());
  });
  gr.switch();

  gr.switch();
  gr.switch(1);
  gr.switch(1, 2);
  gr.switch([3]);
  gr.switch(undefined);
  gr.switch(null, undefined);

  assert.equal(got, [undefined, 1, [1, 2], [3], undefined, [null, undefined]]);
  gr.throw();
});

test('several values to main arrive as an array', () => {
  const gr = greenlet(function* () {
    yield* main.switch(1, 2);
  });

  assert.equal(gr.switch().value, [1, 2]);
  gr.throw();
});

test('a return resumes the parent with the value', () => {
  const got: unknown[] = [];
  const parent = greenlet(function* () {
    const child = greenlet(() => 'result');
    got.push(yield* child.switch());
    got.push(child.dead);
  });

  parent.switch();

  assert.equal(got, ['result', true]);
});

test('a return resumes the parent even if another greenlet switched to the greenlet', () => {
  const got: unknown[] = [];
  const parent = greenlet(function* () {
    got.push(yield* main.switch());
  });
  const child = greenlet(() => 'result', parent);
  const other = greenlet(function* () {
    yield* child.switch();
  });

  parent.switch();
  other.switch();

  assert.equal(got, ['result']);
  assert.is(other.active, true);
  other.throw();
});

test('an error is raised in the parent, where it may be caught', () => {
  const boom = new Error('boom');
  let caught: unknown;
  const parent = greenlet(function* () {
    const child = greenlet(function* () {
      throw boom;
    });
    try {
      yield* child.switch();
    } catch (error) {
      caught = error;
    }
    return 'goes on';
  });

  assert.is(parent.switch().value, 'goes on');
  assert.is(caught, boom);
});

test('an error that no greenlet catches goes up through all parents and out of switch() in main', () => {
  const boom = new Error('boom');
  const chain: RawGreenlet[] = [];
  const nest = function* (depth: number): Coroutine<void> {
    if (depth === 0) throw boom;
    const child = greenlet(nest);
    chain.push(child);
    yield* child.switch(depth - 1);
  };

  assert.is(
    thrownBy(() => greenlet(nest).switch(10)),
    boom,
  );
  assert.is(
    chain.every((gr) => gr.dead),
    true,
  );
});

test('a GreenletExit reaches the parent as a value', () => {
  class Stop extends GreenletExit {}
  for (const exit of [new GreenletExit(), new Stop('stop')]) {
    const gr = greenlet(() => {
      throw exit;
    });

    assert.is(gr.switch().value, exit);
  }
});

test('throw() raises at the suspended yield*', () => {
  const boom = new Error('boom');
  let caught: unknown;
  const gr = greenlet(function* () {
    try {
      yield* main.switch();
    } catch (error) {
      caught = error;
    }
    return 'went on';
  });
  gr.switch();

  assert.is(gr.throw(boom).value, 'went on');
  assert.is(caught, boom);
});

test('throw() without an error raises a new GreenletExit, and finally runs', () => {
  const log: unknown[] = [];
  const gr = greenlet(function* () {
    try {
      yield* main.switch();
    } finally {
      log.push('cleaned');
    }
  });
  gr.switch();

  const { value } = gr.throw();

  assert.instance(value, GreenletExit);
  assert.equal(log, ['cleaned']);
  assert.is(gr.dead, true);
});

test('in a greenlet throw() is yielded like switch() and comes back', () => {
  const log: unknown[] = [];
  const victim = greenlet(function* () {
    try {
      yield* main.switch();
    } catch (error) {
      log.push((error as Error).message);
    }
    yield* thrower.switch('thanks');
  });
  const thrower = greenlet(function* () {
    log.push(yield* victim.throw(new Error('boom')));
  });
  victim.switch();

  thrower.switch();

  assert.equal(log, ['boom', 'thanks']);
  victim.throw();
});

test('switching to a dead greenlet goes to its nearest living ancestor', () => {
  const got: unknown[] = [];
  const ancestor = greenlet(function* () {
    got.push(yield* main.switch());
  });
  const middle = greenlet(() => undefined, ancestor);
  const dead = greenlet(() => undefined, middle);
  ancestor.switch();
  middle.throw(); // goes to the ancestor, which ends

  assert.is(got.length, 1);
  assert.is(dead.switch('to main').value, undefined);
  assert.is(dead.switch('to main').value, 'to main');
  assert.equal(dead.switch(1, 2).value, [1, 2]);
});

test('an unstarted ancestor is started by the value that is sent to a dead greenlet', () => {
  let got: unknown[] = [];
  const ancestor = greenlet((...args: unknown[]) => {
    got = args;
    return 'started';
  });
  const dead = greenlet(() => undefined);
  dead.switch();
  dead.parent = ancestor;

  assert.is(dead.switch(1, 2).value, 'started');
  assert.equal(got, [1, 2]);
});

test('an unstarted ancestor is started by the result of its child', () => {
  const ancestor = greenlet((value: unknown) => ['ancestor got', value]);
  const child = greenlet(() => 'result', ancestor);

  assert.equal(child.switch().value, ['ancestor got', 'result']);
});

test('an unstarted ancestor dies unrun by an error', () => {
  const boom = new Error('boom');
  let ran = false;
  const ancestor = greenlet(() => {
    ran = true;
  });
  const child = greenlet(() => {
    throw boom;
  }, ancestor);

  assert.is(
    thrownBy(() => child.switch()),
    boom,
  );
  assert.is(ran, false);
  assert.is(ancestor.dead, true);
});

test('throwing into a dead greenlet raises in its nearest living ancestor', () => {
  const boom = new Error('boom');
  let caught: unknown;
  const ancestor = greenlet(function* () {
    try {
      yield* main.switch();
    } catch (error) {
      caught = error;
    }
  });
  const dead = greenlet(() => undefined);
  dead.switch();
  ancestor.switch();
  dead.parent = ancestor;

  dead.throw(boom);

  assert.is(caught, boom);
  assert.is(
    thrownBy(() => dead.throw(boom)),
    boom,
  );
});

test('throwing a GreenletExit into a dead greenlet gives the exit back as a value', () => {
  const dead = greenlet(() => undefined);
  dead.switch();
  const exit = new GreenletExit();

  assert.is(dead.throw(exit).value, exit);
  assert.instance(dead.throw().value, GreenletExit);
});

test('switching to oneself returns at once', () => {
  const got: unknown[] = [];
  const gr = greenlet(function* () {
    got.push(yield* gr.switch('me'));
    got.push(yield* getcurrent().switch(1, 2));
    got.push(yield* getcurrent().switch());
  });

  gr.switch();

  assert.equal(got, ['me', [1, 2], undefined]);
  assert.is(main.switch(5).value, 5);
});

test('throwing into oneself raises at once', () => {
  const boom = new Error('boom');
  let caught: unknown;
  const gr = greenlet(function* () {
    try {
      yield* gr.throw(boom);
    } catch (error) {
      caught = error;
    }
  });

  gr.switch();

  assert.is(caught, boom);
  assert.is(
    thrownBy(() => main.throw(boom)),
    boom,
  );
});

test('a switch that is kept and yielded twice goes there twice', () => {
  const got: unknown[] = [];
  const other = greenlet(function* (x: unknown) {
    for (;;) {
      got.push(x);
      x = yield* gr.switch();
    }
  });
  const gr = greenlet(function* () {
    const there = other.switch('x');
    yield* there;
    yield* there;
  });

  gr.switch();

  assert.equal(got, ['x', 'x']);
  other.throw();
});

for (const [name, forget] of [
  ['switch', (other: RawGreenlet) => void other.switch()],
  ['throw', (other: RawGreenlet) => void other.throw()],
] as const) {
  test(`an un-yielded ${name}() throws a GreenletError at the next switch, and says what to write`, () => {
    const other = greenlet(function* () {});
    let error: unknown;
    const gr = greenlet(function* () {
      forget(other);
      try {
        yield* main.switch();
      } catch (caught) {
        error = caught;
      }
    });

    gr.switch();

    assert.instance(error, GreenletError);
    assert.match((error as Error).message, 'yield*');
    assert.is(other.started, false);
  });

  test(`an un-yielded ${name}() throws at the next operation that blocks`, async () => {
    const other = greenlet(function* () {});
    const gr = spawn(function* () {
      forget(other);
      yield* sleep(0);
    });

    assert.instance(await failureOf(gr), GreenletError);
  });

  test(`an un-yielded ${name}() throws when the body ends without suspending`, async () => {
    const other = greenlet(function* () {});
    const raw = greenlet(() => forget(other));
    const plain = spawn(() => forget(other));
    const coroutine = spawn(function* () {
      forget(other);
    });

    assert.instance(
      thrownBy(() => raw.switch()),
      GreenletError,
    );
    for (const error of await Promise.all([failureOf(plain), failureOf(coroutine)])) {
      assert.instance(error, GreenletError);
    }
  });

  test(`an un-yielded ${name}() in an async body is reported too`, async () => {
    const other = greenlet(function* () {});

    const gr = spawn(async () => forget(other));

    assert.instance(await failureOf(gr), GreenletError);
  });
}

test('an un-yielded switch does not hide the error that the body itself throws', () => {
  const boom = new Error('boom');
  const other = greenlet(function* () {});
  const gr = greenlet(() => {
    other.switch();
    throw boom;
  });

  assert.is(
    thrownBy(() => gr.switch()),
    boom,
  );
  assert.is(greenlet(() => 'unharmed').switch().value, 'unharmed');
});

test('an un-yielded switch that was reported is forgotten', () => {
  const other = greenlet(function* () {});
  const gr = greenlet(function* () {
    other.switch();
    try {
      yield* main.switch();
    } catch {}
    yield* main.switch();
    return 'done';
  });

  gr.switch();

  assert.is(gr.switch().value, 'done');
});

test('an un-yielded switch before a yielded one is found', () => {
  const other = greenlet(function* () {});
  const gr = greenlet(function* () {
    other.switch();
    yield* other.switch();
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
});

test('a second switch is refused while the first was not yielded, which it names, and is forgotten', () => {
  const seen: string[] = [];
  const other = greenlet(function* other() {});
  const third = greenlet(function* third() {});
  const gr = greenlet(function* () {
    for (const make of [() => third.switch(), () => third.switch(1), () => third.throw(new Error('unsent'))]) {
      other.switch();
      seen.push(String(thrownBy(make)).split(' was made')[0] as string);
    }
    yield* third.switch();
    return 'done';
  });

  gr.switch();
  assert.is(gr.switch().value, 'done');
  assert.equal(seen, Array(3).fill(`GreenletError: a switch to greenlet ${other.name}`));
});

test('a switch that a greenlet made is refused where main iterates it, or steps its iterator', () => {
  let made: Operation<unknown> | undefined;
  let taken: Iterator<unknown> | undefined;
  const other = greenlet(function* () {});
  const gr = greenlet(function* () {
    made = other.switch();
    taken = made[Symbol.iterator]();
    yield* made;
  });
  gr.switch();

  assert.match(String(thrownBy(() => made?.[Symbol.iterator]())), /iterated outside greenlets/);
  assert.match(String(thrownBy(() => taken?.next())), /iterated outside greenlets/);
});

test('a switch whose step is passed on twice throws the second time, and leaves nothing behind', () => {
  const other = greenlet(function* () {
    for (;;) yield* main.switch();
  });
  const gr = greenlet(function* () {
    const step = other.switch()[Symbol.iterator]().next();
    yield step.value as never;
    yield step.value as never;
  });
  gr.switch();

  assert.match(String(thrownBy(() => gr.switch())), /GreenletError: .* is not an operation/);
  assert.is(getcurrent(), main);
  assert.is(greenlet(() => 'fresh').switch().value, 'fresh');
});

test('main that entered a greenlet which blocks gets a GreenletError that names spawn and run', () => {
  let cleaned = 0;
  const gr = greenlet(function* () {
    try {
      yield* sleep(1);
    } finally {
      cleaned += 1;
    }
  });

  const error = thrownBy(() => gr.switch()) as Error;

  assert.instance(error, GreenletError);
  assert.match(error.message, 'spawn');
  assert.match(error.message, 'run');
  assert.is(gr.dead, true);
  assert.is(cleaned, 1);
});

test('a greenlet that main entered and that blocks at last, after switches, is dead afterwards', () => {
  const gr = greenlet(function* () {
    yield* main.switch();
    yield* sleep(1);
  });
  gr.switch();

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
});

test('a greenlet that main entered cannot make it wait by catching everything', () => {
  let attempts = 0;
  const gr = greenlet(function* () {
    for (; attempts < 100_000; attempts += 1) {
      try {
        yield* sleep(1);
      } catch {}
    }
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  assert.ok(attempts < 100_000);
});

test('main gets the GreenletError although the greenlet that blocked caught it and returned', () => {
  const gr = greenlet(function* () {
    try {
      yield* sleep(1);
    } catch {}
    return 'value';
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
});

test('a greenlet that blocked, caught the refusal and switched to main is dead afterwards all the same', () => {
  let cleaned = 0;
  const gr = greenlet(function* () {
    try {
      try {
        yield* sleep(1);
      } catch {}
      yield* main.switch('escaped');
    } finally {
      cleaned += 1;
    }
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  assert.is(cleaned, 1);
});

test('a raw greenlet that a spawned one switched to may block as usual', async () => {
  const log: unknown[] = [];
  const outer = spawn(function* () {
    const raw = greenlet(function* (x: number) {
      yield* sleep(1);
      log.push('slept');
      return x + 1;
    });
    return yield* raw.switch(1);
  });

  assert.is(await outer, 2);
  assert.equal(log, ['slept']);
});

test('a spawned greenlet that main enters by switch() and that blocks is refused too', async () => {
  const gr = spawn(function* () {
    yield* sleep(1);
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  await failureOf(gr);
});

test('the hub works as before after main was refused', async () => {
  const bystander = spawn(function* () {
    yield* sleep(1);
    return 'fine';
  });

  thrownBy(() =>
    greenlet(function* () {
      yield* sleep(1);
    }).switch(),
  );

  assert.is(await bystander, 'fine');
});

test('switching to a greenlet that waits on the hub is a GreenletError at the switcher, and does not disturb it', async () => {
  const sleeper = spawn(function* () {
    yield* sleep(5);
    return 'slept';
  });
  const switcher = spawn(function* () {
    yield* sleep(0);
    yield* sleeper.switch('early');
  });

  assert.instance(await failureOf(switcher), GreenletError);
  assert.is(await sleeper, 'slept');
});

test('an error thrown into a greenlet that waits on the hub is raised there', async () => {
  const boom = new Error('boom');
  const sleeper = spawn(function* () {
    yield* sleep(1_000_000);
  });
  await sleep(0);

  sleeper.throw(boom);

  assert.is(await failureOf(sleeper), boom);
});

test('a raw greenlet whose parent is dead passes its result to a living ancestor', async () => {
  const log: unknown[] = [];
  let raw: RawGreenlet | undefined;
  const parent = spawn(function* () {
    raw = greenlet(function* () {
      yield* sleep(10);
      log.push('raw ended');
      return 'result';
    });
    yield* raw.switch();
  });
  await sleep(0);
  await sleep(1);

  parent.kill();
  await parent.join();
  await sleep(20);

  assert.equal(log, ['raw ended']);
});

test('a raw greenlet may kill the spawned greenlet that waits for it, without an error in the hub', async () => {
  const parent = spawn(function* () {
    const raw = greenlet(function* () {
      parent.kill();
      return 'result';
    });
    yield* raw.switch();
  });

  await parent.join();

  assert.is(parent.dead, true);
});

test('a greenlet can be switched to a million times', () => {
  let count = 0;
  const other = greenlet(function* () {
    for (;;) yield* gr.switch();
  });
  const gr = greenlet(function* () {
    for (; count < 500_000; count += 1) yield* other.switch();
  });

  gr.switch();

  assert.is(count, 500_000);
  other.throw();
});

test.run();
