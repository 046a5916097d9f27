import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Names } from '../../lib/inspect/names.ts';

const test = suite('Names');

test('the same name has the same number', () => {
  const names = new Names();
  const numbers = ['a', 'b', 'a'].map((name) => names.numberOf(name));

  assert.equal(numbers, [0, 1, 0]);
  assert.is(names.name(1), 'b');
});

test('after 65,536 names, new ones lose their digits, and known ones stay', () => {
  const names = new Names();
  for (let i = 0; i < 65_536; i += 1) names.numberOf(`sleep(${i})`);
  const shortened = names.numberOf('sleep(70000)');

  assert.is(names.name(shortened), 'sleep(…)');
  assert.is(names.numberOf('sleep(70001)'), shortened);
  assert.is(names.name(names.numberOf('sleep(5)')), 'sleep(5)');
});

test('after as many again, all new names share one', () => {
  const names = new Names();
  const letters = (i: number): string => i.toString(2).replaceAll('0', 'a').replaceAll('1', 'b');
  for (let i = 0; i < 131_072; i += 1) names.numberOf(letters(i));

  assert.is(names.numberOf('one'), names.numberOf('another'));
});

test.run();
