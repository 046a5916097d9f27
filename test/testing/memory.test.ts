import * as assert from 'uvu/assert';
import { forEach, Pool, sleep } from '../../lib/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/memory');

for (const way of ['imap', 'imapUnordered'] as const) {
  test(`20,000 items through ${way}() of an endless generator are never read further ahead than the window`, async () => {
    using _ = VirtualClock.install();
    const [size, window, count] = [20, 100, 20_000];
    const pool = new Pool(size);
    let read = 0;
    let taken = 0;
    let furthest = 0;
    let mostMembers = 0;
    let closed = false;
    const endless = (function* () {
      try {
        for (;;) {
          read += 1;
          furthest = Math.max(furthest, read - taken);
          mostMembers = Math.max(mostMembers, pool.size);
          yield read;
        }
      } finally {
        closed = true;
      }
    })();
    const work = function* (item: number) {
      yield* sleep(item % 3);
      return item;
    };

    const enough = new Error('enough');
    try {
      await forEach(pool[way](work, endless, { maxsize: window }), function* () {
        taken += 1;
        if (taken === count) throw enough;
      });
    } catch (error) {
      assert.is(error, enough);
    }
    await pool.join();

    assert.is(taken, count);
    // One item may have been given but not counted yet.
    assert.ok(furthest <= window + 1, `${furthest} were read ahead`);
    assert.ok(mostMembers <= size, `${mostMembers} members`);
    await sleep(0);
    assert.ok(closed);
  });
}

test.run();
