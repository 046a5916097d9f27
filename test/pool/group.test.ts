import * as assert from 'uvu/assert';
import {
  Event,
  Greenlet,
  GreenletExit,
  Group,
  getHub,
  RawGreenlet,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/group');

function* give<T>(value: T, ms = 0) {
  yield* sleep(ms);
  return value;
}

function* fail(message: string, ms = 0) {
  yield* sleep(ms);
  throw new Error(message);
}

test('a new group is empty, ready, and never full', () => {
  const group = new Group();

  assert.is(group.size, 0);
  assert.is(group.ready(), true);
  assert.is(group.full(), false);
  assert.equal([...group], []);
});

test('spawn() passes its arguments on and returns the greenlet, which is a member until it ends', async () => {
  const group = new Group();

  const greenlet = group.spawn((a: number, b: string) => give(`${a}${b}`), 1, 'x');

  assert.ok(greenlet instanceof Greenlet);
  assert.is(group.has(greenlet), true);
  assert.is(group.size, 1);
  assert.is(await greenlet, '1x');
  assert.is(group.has(greenlet), false);
  assert.is(group.size, 0);
});

test('spawn() refuses a value that is not a function, and adds no member', () => {
  const group = new Group();

  assert.instance(
    thrownBy(() => group.spawn('text' as never)),
    TypeError,
  );
  assert.is(group.size, 0);
});

test('a member runs after spawn() has returned, and members run in the order of their spawning', async () => {
  const group = new Group();
  const seen: string[] = [];

  for (const name of ['a', 'b', 'c']) group.spawn(() => seen.push(name));
  seen.push('spawned');
  await group.join();

  assert.equal(seen, ['spawned', 'a', 'b', 'c']);
});

test('iterating gives the members in the order in which they came', async () => {
  const group = new Group();
  const members = [group.spawn(give, 1), group.spawn(give, 2), spawn(give, 3)];

  group.add(members[2] as Greenlet);

  assert.equal(
    [...group].map(({ id }) => id),
    members.map(({ id }) => id),
  );
  await group.join();
  assert.equal([...group], []);
});

test('members may leave and come while a group is gone through', async () => {
  const group = new Group();
  for (let count = 0; count < 3; count += 1) group.spawn(sleep, Infinity);
  let seen = 0;

  for (const member of group) {
    seen += 1;
    group.discard(member);
    member.kill();
  }

  assert.is(seen, 3);
  assert.is(group.size, 0);
  await sleep(0);
});

test('join() waits for all members, including those that members spawn into the group', () =>
  onVirtualTime(async () => {
    const group = new Group();
    group.spawn(give, 1, 10);
    group.spawn(function* () {
      yield* sleep(20);
      group.spawn(give, 2, 30);
    });

    const joined = await spawn(() => group.join());

    assert.is(joined, true);
    assert.is(getHub().now(), 50);
    assert.is(group.size, 0);
  }));

test('join() of an empty group need not wait', async () => {
  assert.is(await new Group().join(), true);
  assert.is(await new Group().join({ timeout: 0 }), true);
  assert.is(await new Group().join({ raiseError: true }), true);
});

test('join() gives false when it times out, and its members continue', () =>
  onVirtualTime(async () => {
    const group = new Group();
    const slow = group.spawn(give, 'slow', 20);

    assert.is(await spawn(() => group.join({ timeout: 10 })), false);
    assert.is(await group.join({ timeout: 0 }), false);
    assert.is(slow.ready(), false);
    assert.is(await spawn(() => group.join({ timeout: 100 })), true);

    assert.is(getHub().now(), 20);
    assertNoTrace(group);
  }));

test('a killed join() leaves no waiter, and does not affect the members', async () => {
  const group = new Group();
  const member = group.spawn(sleep, Infinity);
  const joining = spawn(() => group.join());
  await sleep(0);

  await joining.kill();

  assertNoTrace(group);
  assert.is(member.ready(), false);
  await group.kill();
});

test('several may join a group', async () => {
  const group = new Group();
  group.spawn(give, 1);
  const joins = [spawn(() => group.join()), spawn(() => group.join({ raiseError: true })), spawn(() => group.join())];

  for (const join of joins) assert.is(await join, true);
});

test('join() does not throw the failure of a member, which is reported', async ({ reported }) => {
  const group = new Group();
  group.spawn(fail, 'nobody takes it');

  assert.is(await group.join(), true);
  await sleep(1);
  await reportsMade();

  assert.equal(
    reported.splice(0).map(({ error }) => (error as Error).message),
    ['nobody takes it'],
  );
});

test('join({ raiseError }) throws the earliest failure in time, when all members have ended', () =>
  onVirtualTime(async () => {
    const group = new Group();
    const errors = spawn(() => outcomeOf(group.join({ raiseError: true })));
    const members = [group.spawn(fail, 'late', 20), group.spawn(fail, 'early', 10), group.spawn(give, 1, 30)];
    for (const member of members) member.link(() => {});

    const { error } = await errors;

    assert.is((error as Error).message, 'early');
    assert.is(getHub().now(), 30);
  }));

test('join({ raiseError }) takes the failure that it throws, and no other', async ({ reported }) => {
  const group = new Group();
  const joining = spawn(() => outcomeOf(group.join({ raiseError: true })));
  group.spawn(fail, 'first');
  await sleep(0);
  group.spawn(fail, 'second');

  const { error } = await joining;
  await sleep(1);
  await reportsMade();

  assert.is((error as Error).message, 'first');
  assert.equal(
    reported.splice(0).map((report) => (report.error as Error).message),
    ['second'],
  );
});

test('join({ raiseError }) throws the failure of a member that failed before, once', async ({ reported }) => {
  const group = new Group();
  group.spawn(fail, 'before');
  await sleep(1);
  await reportsMade();
  assert.is(reported.splice(0).length, 1);

  const error = await failureOf(group.join({ raiseError: true }));

  assert.is((error as Error).message, 'before');
  assert.is(await group.join({ raiseError: true }), true);
});

test('join({ raiseError }) that times out throws a failure that has occurred by then', () =>
  onVirtualTime(async () => {
    const group = new Group();
    group.spawn(sleep, Infinity);
    const joining = spawn(() => outcomeOf(group.join({ raiseError: true, timeout: 20 })));
    group.spawn(fail, 'in time', 10);

    assert.is(((await joining).error as Error).message, 'in time');
    assert.is(await spawn(() => group.join({ raiseError: true, timeout: 5 })), false);
    await group.kill();
  }));

test('a member that was killed is no failure', async () => {
  const group = new Group();
  const member = group.spawn(sleep, Infinity);
  await sleep(0);

  member.kill();

  assert.is(await group.join({ raiseError: true }), true);
});

test('a member killed with an error of its own is a failure with that error', async () => {
  const group = new Group();
  const reason = new RangeError('my reason');
  const member = group.spawn(sleep, Infinity);
  const joining = spawn(() => outcomeOf(group.join({ raiseError: true })));
  await sleep(0);

  member.kill({ reason });

  assert.is((await joining).error, reason);
});

test('kill() kills all members at once, and has them end with their cleanup', () =>
  onVirtualTime(async () => {
    const group = new Group();
    let cleanedUp = 0;
    for (let count = 0; count < 3; count += 1) {
      group.spawn(function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          cleanedUp += 1;
        }
      });
    }
    await sleep(1);

    const killed = group.kill();
    await sleep(0);
    assert.is(cleanedUp, 3);
    await killed;

    assert.is(group.size, 0);
  }));

test('a member killed before its first run never runs', async () => {
  const group = new Group();
  let ran = false;
  const member = group.spawn(() => {
    ran = true;
  });

  await group.kill();

  assert.is(ran, false);
  assert.ok(member.exception instanceof GreenletExit);
  assert.is(group.size, 0);
});

test('kill() takes a reason, and gives up in silence when its time is up', () =>
  onVirtualTime(async () => {
    const group = new Group();
    const reason = new GreenletExit('enough');
    const member = group.spawn(function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        yield* shield(sleep(50));
      }
    });
    await sleep(1);

    const killed = await spawn(() => group.kill({ reason, timeout: 10 }));

    assert.is(killed, undefined);
    assert.is(getHub().now(), 11);
    assert.is(group.size, 1);
    await member.join();
    assert.is(member.exception, reason);
  }));

test('kill() of an empty group is over at once', async () => {
  assert.is(await new Group().kill(), undefined);
});

test('a member that kills its group is killed with it', async () => {
  const group = new Group();
  const other = group.spawn(sleep, Infinity);
  const member = group.spawn(function* () {
    yield* sleep(0);
    yield* group.kill();
  });

  await group.join();

  assert.ok(other.exception instanceof GreenletExit);
  assert.ok(member.exception instanceof GreenletExit);
});

test('add() makes a greenlet a member, in whatever state it is, once', async () => {
  const group = new Group();
  const [unstarted, started] = [new Greenlet(give, 1), spawn(give, 2, 1)];
  const ended = spawn(give, 3);
  await ended;

  for (const greenlet of [unstarted, started, ended, started]) group.add(greenlet);
  assert.is(group.size, 2);
  assert.is(unstarted.started, false);
  unstarted.start();
  await group.join();

  assert.is(unstarted.value, 1);
});

test('join({ raiseError }) throws the failure of a greenlet that had failed before add()', async () => {
  const group = new Group();
  const failed = spawn(fail, 'before');
  await failed.join();

  group.add(failed);

  assert.is(group.size, 0);
  assert.is(((await failureOf(group.join({ raiseError: true }))) as Error).message, 'before');
});

test('add() refuses a value that is not a greenlet of spawn()', () => {
  const group = new Group();

  for (const bad of [undefined, null, sleep(1), give, new RawGreenlet(() => {})]) {
    assert.instance(
      thrownBy(() => group.add(bad as never)),
      TypeError,
    );
  }
});

test('discard() removes a member, which continues and no longer affects the group', async ({ reported }) => {
  const group = new Group();
  const event = new Event();
  const member = group.spawn(function* () {
    yield* event.wait();
    throw new RangeError('on its own');
  });
  await sleep(0);

  group.discard(member);
  assert.is(await group.join({ raiseError: true }), true);
  await group.kill();
  assert.is(member.ready(), false);
  event.set();
  await sleep(1);
  await reportsMade();

  assert.is(await group.join({ raiseError: true }), true);
  assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
});

test('discard() of the last member wakes the joiners', async () => {
  const group = new Group();
  const member = group.spawn(sleep, Infinity);
  const joining = spawn(() => group.join());
  await sleep(0);

  group.discard(member);

  assert.is(await joining, true);
  await member.kill();
});

test('discard() of a greenlet that is not a member does nothing', async () => {
  const group = new Group();
  const other = spawn(give, 1);

  group.discard(other);
  group.discard(undefined as never);

  assert.is(await other, 1);
});

test('a greenlet that was discarded can be added again', async () => {
  const group = new Group();
  const member = group.spawn(give, 1);
  group.discard(member);

  group.add(member);

  assert.is(group.size, 1);
  await group.join();
  assert.is(member.value, 1);
});

test('discard() in the middle of several waiters leaves the others in line', async () => {
  const groups = [new Group(), new Group(), new Group()] as const;
  const event = new Event();
  const member = groups[0].spawn(() => event.wait());
  const waiting = spawn(() => member.get());
  groups[1].add(member);
  groups[2].add(member);
  await sleep(0);

  groups[0].discard(member);
  groups[1].discard(member);
  event.set();

  assert.is(await waiting, true);
  assert.is(groups[2].size, 0);
});

test('a greenlet can be a member of several groups', async () => {
  const groups = [new Group(), new Group()] as const;
  const member = groups[0].spawn(give, 1);
  groups[1].add(member);

  await groups[1].kill();

  assert.ok(member.exception instanceof GreenletExit);
  assert.is(groups[0].size, 0);
});

test('apply() gives the result of functions of all kinds', async () => {
  const group = new Group();

  assert.is(await group.apply(give, [1]), 1);
  assert.is(await group.apply((a: number, b: number) => a + b, [1, 2]), 3);
  assert.is(await group.apply(async () => 'async'), 'async');
  assert.is(await group.apply(() => sleep(0)), undefined);
});

test('apply() throws the error of the function, which is not reported', async ({ reported }) => {
  const group = new Group();

  const error = await failureOf(group.apply(fail, ['no']));
  await sleep(1);
  await reportsMade();

  assert.is((error as Error).message, 'no');
  assert.equal(reported, []);
});

test('apply() does nothing until it is waited for, and calls the function each time', async () => {
  const group = new Group();
  let calls = 0;
  const applied = group.apply(() => {
    calls += 1;
    return calls;
  });
  await sleep(0);
  assert.is(calls, 0);

  assert.equal([await applied, await applied], [1, 2]);
});

test('an apply() that is cancelled kills its member, and has ended when that has', () =>
  onVirtualTime(async () => {
    const group = new Group();
    let cleanedUp = false;
    const { error } = await spawn(() =>
      outcomeOf(
        withTimeout(
          10,
          group.apply(function* () {
            try {
              yield* sleep(Infinity);
            } finally {
              yield* shield(sleep(5));
              cleanedUp = true;
            }
          }),
        ),
      ),
    );

    assert.ok(error instanceof Timeout);
    assert.is(cleanedUp, true);
    assert.is(group.size, 0);
    assert.is(getHub().now(), 15);
  }));

test('an apply() that is cancelled does not hide an error of the cleanup of its member', async ({ reported }) => {
  const applying = spawn(() =>
    new Group().apply(function* () {
      try {
        yield* sleep(Infinity);
      } catch {
        throw new Error('in cleanup');
      }
    }),
  );
  await sleep(0);

  await applying.kill();
  await reportsMade();

  assert.equal(
    reported.splice(0).map((report) => (report.error as Error).message),
    ['in cleanup'],
  );
});

test('applyAsync() gives the member, and its callback the result', async () => {
  const group = new Group();
  const results: unknown[] = [];

  const member = group.applyAsync(give, ['a result'], (value) => results.push(value));

  assert.is(group.has(member), true);
  assert.is(await member, 'a result');
  await sleep(0);
  assert.equal(results, ['a result']);
});

test('applyAsync() needs no arguments and no callback', async () => {
  assert.is(await new Group().applyAsync(() => 1), 1);
});

test('the callback of applyAsync() is not called for a failure, which is reported, nor for a kill', async ({
  reported,
}) => {
  const group = new Group();
  const results: unknown[] = [];
  const note = (value: unknown) => results.push(value);

  group.applyAsync(fail, ['no'], note);
  const killed = group.applyAsync(() => sleep(Infinity), [], note);
  await sleep(0);
  killed.kill();
  await group.join();
  await sleep(1);
  await reportsMade();

  assert.equal(results, []);
  assert.equal(
    reported.splice(0).map(({ error }) => (error as Error).message),
    ['no'],
  );
});

test('an error of the callback of applyAsync() goes to the hub', async ({ reported }) => {
  const group = new Group();

  group.applyAsync(give, [1], () => {
    throw new RangeError('in the callback');
  });
  await group.join();
  await sleep(1);
  await reportsMade();

  assert.ok(reported.splice(0)[0]?.error instanceof RangeError);
});

test('apply(), applyAsync(), map() and imap() refuse a value that is not a function, at the call', () => {
  const group = new Group();

  for (const call of [
    () => group.apply(1 as never),
    () => group.applyAsync(1 as never),
    () => group.applyAsync(() => 1, [], 1 as never),
    () => group.map(1 as never, []),
    () => group.imap(1 as never, []),
    () => group.imapUnordered(1 as never, []),
  ]) {
    assert.instance(thrownBy(call), TypeError);
  }
  assert.is(group.size, 0);
});

test('a group is named by its class, and can be renamed', () => {
  const group = new Group();
  assert.match(group.name, /^Group#\d+$/);

  group.name = 'crawlers';

  assert.match((thrownBy(() => group.add(1 as never)) as Error).message, 'crawlers');
});

test('ten thousand members come and go, and leave nothing behind', async () => {
  const group = new Group();
  const event = new Event();
  for (let count = 0; count < 10_000; count += 1) group.spawn(() => event.wait());
  await sleep(0);
  assert.is(group.size, 10_000);

  event.set();
  await group.join();

  assertNoTrace(group, event);
});

test.run();
