import * as assert from 'uvu/assert';
import { Event, Greenlet, Group, getHub, sleep, spawn } from '../../lib/index.ts';
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
