import * as assert from 'uvu/assert';
import { outsideGreenlets } from '../../lib/greenlet/outside-greenlets.ts';
import { getcurrent, greenlet, run, sleep } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('outsideGreenlets');

test('a function is called as in main, and then the greenlet goes on', () =>
  run(function* () {
    const main = outsideGreenlets(getcurrent);
    const own = getcurrent();
    assert.is.not(own, main);
    assert.throws(() =>
      outsideGreenlets(() => {
        assert.is(getcurrent(), main);
        throw new Error('out');
      }),
    );
    assert.is(getcurrent(), own);
    yield* sleep(0);

    // A raw greenlet runs on top of its host.
    const raw = greenlet(function* () {
      const inner = getcurrent();
      assert.is(outsideGreenlets(getcurrent), main);
      assert.is(getcurrent(), inner);
      return inner;
    });
    assert.is(yield* raw.switch(), raw);
    assert.is(getcurrent(), own);
  }));

test.run();
