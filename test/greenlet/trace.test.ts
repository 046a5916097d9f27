import * as assert from 'uvu/assert';
import { getcurrent, greenlet, type RawGreenlet, settrace, sleep, spawn, type TraceHook } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('settrace');
const main = getcurrent();

/** Records events while `body` runs. */
function traced(body: () => void): [string, RawGreenlet, RawGreenlet][] {
  const events: [string, RawGreenlet, RawGreenlet][] = [];
  settrace((event, origin, target) => {
    events.push([event, origin, target]);
  });
  try {
    body();
  } finally {
    settrace(null);
  }
  return events;
}

test('settrace() gives the hook that was installed before, or null', () => {
  const first: TraceHook = () => {};
  const second: TraceHook = () => {};

  assert.is(settrace(first), null);
  assert.is(settrace(second), first);
  assert.is(settrace(null), second);
  assert.is(settrace(null), null);
});

test('settrace() refuses a value that is neither a function nor null', () => {
  assert.instance(
    thrownBy(() => settrace(5 as never)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => settrace(undefined as never)),
    TypeError,
  );
});

test('a hook sees the origin and the target of every switch', () => {
  const a = greenlet(function* () {
    yield* b.switch();
  });
  const b = greenlet(function* () {
    yield* main.switch();
  });

  const events = traced(() => {
    a.switch();
  });

  assert.is(events.length, 3);
  for (const [index, [origin, target]] of [
    [main, a],
    [a, b],
    [b, main],
  ].entries()) {
    assert.is(events[index]?.[0], 'switch');
    assert.is(events[index]?.[1], origin);
    assert.is(events[index]?.[2], target);
  }
  a.throw();
  b.throw();
});

test('the return to the parent is a switch too, and an error is a throw', () => {
  const fine = greenlet(() => 'value');
  const failing = greenlet(() => {
    throw new Error('boom');
  });

  const events = traced(() => {
    fine.switch();
    thrownBy(() => failing.switch());
  });

  assert.equal(
    events.map(([event]) => event),
    ['switch', 'switch', 'switch', 'throw'],
  );
  assert.is(events[3]?.[1], failing);
  assert.is(events[3]?.[2], main);
});

test('throw() is a throw event', () => {
  const gr = greenlet(function* () {
    try {
      yield* main.switch();
    } catch {}
  });
  gr.switch();

  const events = traced(() => {
    gr.throw(new Error('boom'));
  });

  assert.equal(
    events.map(([event]) => event),
    ['throw', 'switch'],
  );
});

test('a switch to the dead is traced with the living ancestor that it reaches', () => {
  const ancestor = greenlet(function* () {
    for (;;) yield* main.switch();
  });
  const dead = greenlet(() => undefined);
  dead.switch();
  dead.parent = ancestor;
  ancestor.switch();

  const [first] = traced(() => {
    dead.switch();
  });

  assert.is(first?.[2], ancestor);
  ancestor.throw();
});

test('the hook runs in the place of the target', () => {
  const seen: RawGreenlet[] = [];
  const gr = greenlet(() => undefined);
  settrace(() => {
    seen.push(getcurrent());
  });

  gr.switch();
  settrace(null);

  assert.is(seen[0], gr);
  assert.is(seen[1], main);
});

test('a hook that throws is removed, and its error arrives at main that switched', () => {
  const boom = new Error('boom');
  let ran = false;
  const gr = greenlet(() => {
    ran = true;
  });
  settrace(() => {
    throw boom;
  });

  assert.is(
    thrownBy(() => gr.switch()),
    boom,
  );
  assert.is(settrace(null), null);
  assert.is(ran, false);
  assert.is(getcurrent(), main);
});

test('a hook that throws has its error arrive at the greenlet that switched', () => {
  const boom = new Error('boom');
  let caught: unknown;
  const other = greenlet(function* () {
    yield* main.switch();
  });
  const gr = greenlet(function* () {
    settrace(() => {
      throw boom;
    });
    try {
      yield* other.switch();
    } catch (error) {
      caught = error;
    }
    return 'went on';
  });

  assert.is(gr.switch().value, 'went on');
  assert.is(caught, boom);
  assert.is(other.started, false);
});

test('the error of a hook that throws when the hub resumes a greenlet is reported, and the greenlet continues', async ({
  reported,
}) => {
  const boom = new Error('boom');
  const gr = spawn(function* () {
    yield* sleep(0);
    return 'went on';
  });
  settrace(() => {
    throw boom;
  });

  assert.is(await gr, 'went on');
  assert.equal(reported.splice(0), [{ greenlet: gr, error: boom }]);
  assert.is(settrace(null), null);
});

test('a hook that throws when a greenlet parks has its error arrive there, and nothing is left waiting', async () => {
  const boom = new Error('boom');
  for (const ms of [0, 1_000_000]) {
    const gr = spawn(function* () {
      settrace(() => {
        throw boom;
      });
      yield* sleep(ms);
    });

    assert.is(await failureOf(gr), boom);
  }
});

test('a hook that throws when the greenlet has ended arrives where its result goes', () => {
  const boom = new Error('boom');
  const gr = greenlet(() => {
    settrace(() => {
      throw boom;
    });
  });

  assert.is(
    thrownBy(() => gr.switch()),
    boom,
  );
});

test('the hub’s own switches are traced as those of main', async () => {
  const events: unknown[][] = [];
  const gr = spawn(function* () {
    yield* sleep(0);
  });
  settrace((event, origin, target) => {
    if (origin === gr || target === gr) events.push([event, origin === main, target === main]);
  });
  await gr.join();
  settrace(null);

  assert.equal(events, [
    ['switch', true, false],
    ['switch', false, true],
    ['switch', true, false],
    ['switch', false, true],
  ]);
});

test('a kill is a throw event', async () => {
  const events: string[] = [];
  const gr = spawn(function* () {
    yield* sleep(Infinity);
  });
  await sleep(0);
  settrace((event, _origin, target) => {
    if (target === gr) events.push(event);
  });
  await gr.kill();
  settrace(null);

  assert.equal(events, ['throw']);
});

test('the hook may be replaced from inside itself', () => {
  const seen: string[] = [];
  settrace(() => {
    seen.push('first');
    settrace(() => {
      seen.push('second');
    });
  });

  greenlet(() => undefined).switch();
  settrace(null);

  assert.equal(seen, ['first', 'second']);
});

for (const [how, said, end] of [
  ['makes and does not yield', /a switch to greenlet .* was made in .* but not yielded/, () => {}],
  [
    'makes before it fails',
    /the hook failed/,
    () => {
      throw new Error('the hook failed');
    },
  ],
] as const) {
  test(`a switch that the hook ${how} is not attributed to the resumed greenlet`, () => {
    const ran: unknown[] = [];
    const other = greenlet(function* other(value) {
      ran.push(value);
    });
    const first: RawGreenlet = greenlet(function* () {
      ran.push(yield* second.switch());
    });
    const second = greenlet(function* () {
      yield* first.switch('sent');
    });
    settrace((_, origin, target) => {
      if (origin !== second || target !== first) return;
      other.switch('by the hook');
      end();
    });

    const error = thrownBy(() => first.switch());
    settrace(null);
    first.switch('later');

    assert.match(String(error), said);
    assert.equal(ran, ['later']);
  });
}

test.run();
