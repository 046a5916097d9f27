import * as assert from 'uvu/assert';
import { Greenlet, getHub, greenlet } from '../../lib/index.ts';
import { originOf } from '../../lib/inspect/origin.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/origin');

function* load() {}

test('the origin of a greenlet is its function', () => {
  assert.is(originOf(new Greenlet(load)), 'load');
  assert.is(
    originOf(
      new Greenlet(
        (
          () => () =>
            1
        )(),
      ),
    ),
    'anonymous',
  );
  assert.is(originOf(greenlet(load)), 'load');
});

test('a name of its own counts, without the number of the greenlet', () => {
  const named = new Greenlet(load);
  named.name = `download-${named.id}`;
  class Job extends Greenlet {
    override get name(): string {
      return `job-${this.id}`;
    }
  }

  assert.is(originOf(named), 'download');
  assert.is(originOf(new Job(load)), 'job');
});

test('the place where it was spawned is better than the function', () => {
  const hub = getHub();
  hub.captureSpawnSites = true;
  const spawned = new Greenlet(load);
  hub.captureSpawnSites = false;

  assert.match(originOf(spawned), /origin\.test\.ts:\d+:\d+/);
});

test('a function with an odd name has an origin too', () => {
  const odd = Object.defineProperty(() => 1, 'name', { value: { toString: () => 'two\nlines' } });

  assert.is(originOf(new Greenlet(odd)), 'two lines');
});

test.run();
