import * as assert from 'uvu/assert';
import { GreenletError, GreenletExit, getcurrent, greenlet, RawGreenlet, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('RawGreenlet');
const main = getcurrent();
const nothing = function* () {};

test('making a greenlet runs nothing', () => {
  let ran = false;

  greenlet(() => {
    ran = true;
  });

  assert.is(ran, false);
});

test('a greenlet is unstarted, then active, then dead', () => {
  const states: boolean[][] = [];
  const look = (): number => states.push([gr.started, gr.active, gr.dead]);
  const gr = greenlet(function* () {
    look();
    yield* main.switch();
  });

  look();
  gr.switch();
  look();
  gr.switch();
  look();

  assert.equal(states, [
    [false, false, false],
    [true, true, false],
    [true, true, false],
    [true, false, true],
  ]);
});

test('the parent is the running greenlet unless given', () => {
  let child: RawGreenlet | undefined;
  const outer = greenlet(() => {
    child = new RawGreenlet(nothing);
  });

  outer.switch();

  assert.is(outer.parent, main);
  assert.is(child?.parent, outer);
  assert.is(new RawGreenlet(nothing, outer).parent, outer);
});

test('main has no parent, and none can be set', () => {
  assert.is(main.parent, null);
  assert.instance(
    thrownBy(() => {
      main.parent = greenlet(nothing);
    }),
    GreenletError,
  );
  assert.is(main.parent, null);
});

test('a parent that would make a cycle is a GreenletError and changes nothing', () => {
  const a = greenlet(nothing);
  const b = greenlet(nothing, a);
  const c = greenlet(nothing, b);

  assert.instance(
    thrownBy(() => {
      a.parent = c;
    }),
    GreenletError,
  );
  assert.instance(
    thrownBy(() => {
      a.parent = a;
    }),
    GreenletError,
  );
  assert.is(a.parent, main);
});

for (const value of [null, undefined, 5, {}, () => 0]) {
  test(`only a greenlet can be set as a parent, not ${typeof value} ${String(value)}`, () => {
    const gr = greenlet(nothing);

    assert.instance(
      thrownBy(() => {
        gr.parent = value as never;
      }),
      TypeError,
    );
    if (value !== undefined)
      assert.instance(
        thrownBy(() => greenlet(nothing, value as never)),
        TypeError,
      );
    assert.is(gr.parent, main);
  });
}

test('the result goes to the parent of the end, not of the start', () => {
  const log: unknown[] = [];
  const first = greenlet(function* () {
    log.push(['first', yield* main.switch()]);
  });
  const second = greenlet(function* () {
    log.push(['second', yield* main.switch()]);
  });
  const gr = greenlet(function* () {
    yield* main.switch();
    return 'result';
  }, first);

  first.switch();
  second.switch();
  gr.switch();
  gr.parent = second;
  gr.switch();

  assert.equal(log, [['second', 'result']]);
  first.throw();
});

test('run can be replaced until the start', () => {
  const gr = greenlet(() => 'old');

  gr.run = () => 'new';

  assert.is(gr.switch().value, 'new');
});

test('run cannot be set after the start, nor after the end', () => {
  const gr = greenlet(function* () {
    yield* main.switch();
  });
  const set = (): void => {
    gr.run = nothing;
  };
  gr.switch();

  assert.instance(thrownBy(set), GreenletError);
  gr.switch();
  assert.instance(thrownBy(set), GreenletError);
});

test('run cannot be set on a spawned greenlet, which has started', async () => {
  const gr = spawn(() => 'old');

  assert.is(gr.started, true);
  assert.instance(
    thrownBy(() => {
      gr.run = () => 'new';
    }),
    GreenletError,
  );

  assert.is(await gr, 'old');
});

for (const value of [undefined, null, 5, 'text', {}, nothing()]) {
  test(`a body that is no function is a TypeError at the caller: ${String(value)}`, () => {
    const gr = greenlet(nothing);

    assert.instance(
      thrownBy(() => greenlet(value as never)),
      TypeError,
    );
    assert.instance(
      thrownBy(() => new RawGreenlet(value as never)),
      TypeError,
    );
    assert.instance(
      thrownBy(() => {
        gr.run = value as never;
      }),
      TypeError,
    );
    assert.is(gr.run, nothing);
  });
}

test('getcurrent() is main outside all others, and the running greenlet inside', () => {
  const seen: RawGreenlet[] = [];
  const inner = greenlet(() => seen.push(getcurrent()));
  const outer = greenlet(function* () {
    seen.push(getcurrent());
    yield* inner.switch();
    seen.push(getcurrent());
  });

  outer.switch();
  inner.parent = outer;
  seen.push(getcurrent());

  assert.equal(
    seen.map((gr) => (gr === main ? 'main' : gr === outer ? 'outer' : 'inner')),
    ['outer', 'inner', 'main'],
  );
  outer.throw();
});

test('getcurrent() is main again after an error came out of switch()', () => {
  const gr = greenlet(() => {
    throw new Error('boom');
  });

  thrownBy(() => gr.switch());

  assert.is(getcurrent(), main);
});

test('a plain function is a body that never suspends', () => {
  assert.is(greenlet((a: number, b: number) => a * b).switch(6, 7).value, 42);
});

test('a body that returns an iterator of a collection returns it as a value', () => {
  const values = [1, 2].values();

  assert.is(greenlet(() => values).switch().value, values);
});

test('throwing into an unstarted greenlet kills it without running it', () => {
  let ran = false;
  const gr = greenlet(() => {
    ran = true;
  });

  const { value } = gr.throw();

  assert.instance(value, GreenletExit);
  assert.is(gr.dead, true);
  assert.is(ran, false);
});

test('throwing an error into an unstarted greenlet raises it in its parent', () => {
  const boom = new Error('boom');
  const gr = greenlet(nothing);

  assert.is(
    thrownBy(() => gr.throw(boom)),
    boom,
  );
  assert.is(gr.dead, true);
});

test('a greenlet that throws at its first step is dead and its error is at main', () => {
  const boom = new Error('boom');
  const gr = greenlet(function* () {
    throw boom;
  });

  assert.is(
    thrownBy(() => gr.switch()),
    boom,
  );
  assert.is(gr.dead, true);
});

test('a body may return early from inside try, and its finally may still switch', () => {
  const log: string[] = [];
  const gr = greenlet(function* () {
    try {
      return 'value';
    } finally {
      log.push('before');
      yield* main.switch();
      log.push('after');
    }
  });

  gr.switch();
  const { value } = gr.switch();

  assert.equal(log, ['before', 'after']);
  assert.is(value, 'value');
});

test('yielding a value that is not an operation raises a GreenletError there that says what to write', () => {
  const messages: string[] = [];
  const gr = greenlet(function* () {
    for (const foreign of [5, Promise.resolve(), sleep(1), undefined, {}, null]) {
      try {
        yield foreign as never;
      } catch (error) {
        assert.instance(error, GreenletError);
        messages.push((error as Error).message);
      }
    }
  });

  gr.switch();

  assert.is(messages.length, 6);
  for (const message of messages) assert.match(message, 'yield*');
});

test('a loop that catches everything ends if it yields a value that is not an operation', () => {
  let rounds = 0;
  const gr = greenlet(function* () {
    while (rounds < 20_000) {
      rounds += 1;
      try {
        yield sleep(1) as never;
      } catch {}
    }
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  assert.ok(rounds < 20_000, 'the loop ended by itself');
});

test('yielding a switch without the star raises a GreenletError there, and the target does not run', () => {
  let ran = false;
  let error: unknown;
  const other = greenlet(function* () {
    ran = true;
    yield* main.switch();
  });
  const gr = greenlet(function* () {
    try {
      yield other.switch() as never;
    } catch (caught) {
      error = caught;
    }
  });

  gr.switch();

  assert.is(ran, false);
  assert.instance(error, GreenletError);
});

test('a foreign iterator that has no throw() cannot hang the greenlet', () => {
  const gr = greenlet(function* () {
    yield* [1, 2, 3] as Iterable<never>;
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    Error,
  );
  assert.is(gr.dead, true);
});

test('a TypeError of the program after a foreign yield is unchanged, even if it cannot be read', () => {
  const unreadable = Object.defineProperty(new TypeError('own'), 'message', {
    get() {
      throw new Error('read');
    },
  });
  for (const own of [new TypeError('own'), unreadable]) {
    const gr = greenlet(function* () {
      try {
        yield 5 as never;
      } catch {
        throw own;
      }
    });

    assert.is(
      thrownBy(() => gr.switch()),
      own,
    );
  }
});

test('a greenlet may throw anything, undefined included', () => {
  for (const thrown of [undefined, null, 0, 'text']) {
    const gr = greenlet(() => {
      throw thrown;
    });

    assert.is(
      thrownBy(() => gr.switch()),
      thrown,
    );
  }
});

test.run();
