import * as assert from 'uvu/assert';
import { suite } from '../support/harness.ts';
import { World } from './programs.ts';
import { exploreMany } from './schedules.ts';

const test = suite('explore/programs');

test('random programs lose nothing, leave nothing behind and hide no failure', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    await exploreMany(
      'a random program',
      function* (random) {
        const world = new World(random);
        yield* world.run();
        const violations = world.violations();
        if (violations.length > 0) throw new Error(violations.join('; '));
      },
      false,
    );
    assert.equal(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test.run();
