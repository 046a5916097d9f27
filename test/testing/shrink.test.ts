import * as assert from 'uvu/assert';
import { shrink } from '../../lib/testing/shrink.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/shrink');

test('a list is reduced to the choices that matter, and its end is cut off', () => {
  const choices = Array.from({ length: 60 }, (_, index) => (index % 3) + 1);
  const plainest = shrink(choices, (list) => list[7] === 2 && list[20] === 3);

  assert.is(plainest.length, 21);
  assert.equal(
    plainest.flatMap((choice, index) => (choice === 0 ? [] : [index])),
    [7, 20],
  );
});

test('a list that cannot be simplified is unchanged', () => {
  assert.equal(
    shrink([1, 2, 3], (list) => list.join() === '1,2,3'),
    [1, 2, 3],
  );
});

test('where all lists have the property, nothing is left', () => {
  assert.equal(
    shrink([1, 2, 3], () => true),
    [],
  );
});

test('the result has the property, whatever that is, and no more than 400 lists are tried', () => {
  const choices = Array.from({ length: 2_000 }, () => 1);
  let tried = 0;
  const holds = (list: readonly number[]) => list.filter((choice) => choice === 1).length % 2 === 0;
  const plainest = shrink(choices, (list) => {
    tried += 1;
    return holds(list);
  });

  assert.ok(holds(plainest));
  assert.ok(tried <= 400, `${tried} were tried`);
  assert.is(choices.length, 2_000);
});

test('an empty list is as plain as can be', () => {
  assert.equal(
    shrink([], () => true),
    [],
  );
});

test.run();
