import * as assert from 'uvu/assert';
import { Decisions } from '../../lib/testing/decisions.ts';
import { Random } from '../../lib/testing/random.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/decisions');

function draw(decisions: Decisions): number[] {
  return Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? decisions.among(4) : decisions.oddly(2, 0.3)));
}

test('drawn choices are recorded, and the record gives the same choices as a script', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const drawn = new Decisions(new Random(seed));
    const choices = draw(drawn);
    const replayed = new Decisions(drawn.made);

    assert.equal(drawn.made, choices);
    assert.equal(draw(replayed), choices);
    assert.equal(replayed.made, choices);
  }
});

test('a script that is at its end, or empty, makes plain choices', () => {
  const decisions = new Decisions([1, 1]);

  assert.equal([decisions.among(2), decisions.oddly(1, 1), decisions.among(2), decisions.oddly(1, 1)], [1, 1, 0, 0]);
});

test('a script never chooses beyond the number of choices', () => {
  const decisions = new Decisions([9, 9]);

  assert.is(decisions.among(3), 2);
  assert.is(decisions.oddly(2, 0), 2);
});

test('where there is one choice, it is made', () => {
  const decisions = new Decisions(new Random(1));

  for (let count = 0; count < 100; count += 1) assert.is(decisions.among(1), 0);
});

test('choices lie in their range, and over many schedules each comes up', () => {
  const among = new Set<number>();
  const odd = new Set<number>();

  for (let seed = 0; seed < 50; seed += 1) {
    const decisions = new Decisions(new Random(seed));
    for (let count = 0; count < 20; count += 1) {
      among.add(decisions.among(3));
      odd.add(decisions.oddly(2, 0.2));
    }
  }

  assert.equal([...among].sort(), [0, 1, 2]);
  assert.equal([...odd].sort(), [0, 1, 2]);
});

test('some schedules are nearly plain, and others are not', () => {
  const wildness = Array.from({ length: 100 }, (_, seed) => {
    const decisions = new Decisions(new Random(seed));
    let odd = 0;
    for (let count = 0; count < 100; count += 1) if (decisions.among(10) !== 0) odd += 1;
    return odd;
  });

  assert.ok(wildness.some((odd) => odd < 15));
  assert.ok(wildness.some((odd) => odd > 75));
});

test.run();
