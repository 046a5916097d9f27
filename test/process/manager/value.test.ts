import * as assert from 'uvu/assert';
import { suite } from '../../support/harness.ts';
import { failureOf, managed } from './managed.ts';

const test = suite('process/manager/value');
const onManager = managed(test);

onManager('a value is got, set and increased', function* (manager) {
  const count = manager.value(1);

  assert.is(yield* count.increment(), 2);
  assert.is(yield* count.increment(-5), -3);
  yield* count.set(7);
  assert.is(yield* count.get(), 7);
});

onManager('what a value gives is a copy', function* (manager) {
  const value = manager.value({ items: [1] });
  (yield* value.get()).items.push(2);

  assert.equal(yield* value.get(), { items: [1] });
});

onManager('increment() of what is no number is a TypeError', function* (manager) {
  const value = manager.value<unknown>('text');

  assert.instance(yield* failureOf(value.increment()), TypeError);
  assert.is(yield* value.get(), 'text');
});

test.run();
