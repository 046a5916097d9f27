import * as assert from 'uvu/assert';
import { type Body, sleep } from '../../lib/index.ts';
import { checkedBodies } from '../../lib/pool/bodies.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('pool/bodies');

test('bodies are taken from any iterable, in its order', () => {
  const first = (): number => 1;
  const second = sleep(1);

  assert.equal(checkedBodies(new Set<Body<unknown>>([first, second]), 'all()'), [first, second]);
});

test('a body that is no function, operation or promise is refused by the name of the caller', () => {
  const error = thrownBy(() => checkedBodies([sleep(1), 42 as never], 'all()'));

  assert.instance(error, TypeError);
  assert.match(String(error), /all\(\)/);
});

test('the promises of a refused list are subscribed to all the same', async ({ reported }) => {
  const rejected = Promise.reject(new Error('of a promise nobody waits for'));

  thrownBy(() => checkedBodies([42 as never, rejected], 'all()'));
  await new Promise((resolve) => setTimeout(resolve, 0));

  assert.equal(reported, []);
});

test.run();
