import * as assert from 'uvu/assert';
import { type Greenlet, Group, getHub, killall, Pool, sleep, spawn } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { eventually, inTime, pause, several } from './steps.ts';

const test = suite('explore/pools');

test('a pool never runs more than its size at once, and all its slots are free in the end', async () => {
  await exploreMany('a pool at its size', function* (random) {
    const pool = new Pool(2);
    let running = 0;
    const members: Greenlet[] = [];
    const task = function* () {
      running += 1;
      assert.ok(running <= 2, `${running} run`);
      try {
        yield* pause(random);
        yield* sleep(0);
      } finally {
        running -= 1;
      }
    };
    for (let count = 0; count < 4; count += 1) {
      members.push(pool.spawn(task));
      yield* pause(random);
    }
    const waiter = spawn(() => inTime(random, pool.waitAvailable()));
    yield* inTime(random, pool.join());
    yield* pool.join();
    yield* allEnded([...members, waiter]);
    assert.is(running, 0);
    assert.is(pool.size, 0);
    assert.is(pool.freeCount(), 2);
    assertNoTrace(pool);
  });
});

test('apply() waits for its own member, which does not outlive it', async () => {
  await exploreMany('apply() in a pool', function* (random) {
    const pool = new Pool(random.int(1, 2));
    const hub = getHub();
    let running = 0;
    const callers = several(3, function* (number) {
      const result = yield* inTime(
        random,
        pool.apply(
          function* (value: number) {
            running += 1;
            try {
              yield* pause(random);
              // If a member calls it, it must not wait for the member's own slot.
              return value + (yield* pool.apply(() => 1));
            } finally {
              running -= 1;
            }
          },
          [number],
        ),
      );
      if (result !== null) assert.is(result.value, number + 1);
    });
    yield* allEnded(callers);
    yield* pool.join();
    assert.is(running, 0);
    assert.is(pool.freeCount(), pool.capacity);
    assert.is(hub.timers.size, 0);
    assertNoTrace(pool);
  });
});

test('the members of a group that is killed all end, and it is empty', async () => {
  await exploreMany('a group that is killed', function* (random) {
    const group = random.pick([new Group(), new Pool(2)]);
    let inside = 0;
    const members = [0, 1, 2].map(() =>
      group.spawn(function* () {
        inside += 1;
        try {
          yield* sleep(random.int(0, 4));
        } finally {
          inside -= 1;
        }
      }),
    );
    const joiners = several(2, () => inTime(random, group.join()));
    yield* pause(random);
    yield* inTime(random, group.kill());
    yield* eventually(() => group.size === 0);
    assert.is(inside, 0);
    assert.ok(members.every((member) => member.dead));
    yield* killall(joiners);
    assertNoTrace(group);
  });
});

test.run();
