import * as assert from 'uvu/assert';
import { Kept, listBehind } from '../../lib/greenlet/kept.ts';
import { greenlet, type RawGreenlet } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { onRandomSchedules } from '../support/random.ts';

const test = suite('greenlet/kept');

function make(): RawGreenlet {
  return greenlet(() => undefined);
}

test('the kept greenlets are in the order in which they came, and each knows whether it is kept', () => {
  const kept = new Kept();
  const [a, b, c] = [make(), make(), make()];
  assert.is(a.place, 0);

  for (const each of [a, b, c]) kept.add(each);
  kept.remove(b);

  assert.ok(a.place !== 0 && b.place === 0 && c.place !== 0);
  const [first, second, ...more] = kept;
  assert.ok(first === a && second === c && more.length === 0);
});

test('however members come and go, the others keep their order, and holes do not accumulate', async () => {
  await onRandomSchedules(20, async (random) => {
    const kept = new Kept();
    const outside = make();
    const model: RawGreenlet[] = [];
    for (let step = 0; step < 5_000; step += 1) {
      // First many join, and in the end all leave.
      if (random.chance(step < 2_000 ? 0.7 : 0.3)) {
        const one = make();
        kept.add(one);
        model.push(one);
      } else if (model.length > 0) {
        const at = random.pick([0, model.length - 1, random.int(0, model.length - 1)]);
        kept.remove(model.splice(at, 1)[0] as RawGreenlet);
      }
      if (step % 97 !== 0 && step < 4_900) continue;
      const present = [...kept];
      assert.is(present.length, model.length);
      assert.ok(present.every((one, at) => one === model[at] && one.place !== 0));
      const [first, ...listed] = listBehind(outside, kept);
      assert.ok(first === outside && listed.length === model.length && listed.every((one, at) => one === model[at]));
      assert.ok(kept.end <= 2 * model.length + 200, 'the holes add up');
    }
  });
});

test('members that leave in reverse order leave no holes', () => {
  const kept = new Kept();
  const [stays, ...others] = Array.from({ length: 20 }, make);
  kept.add(stays as RawGreenlet);

  for (let round = 0; round < 3; round += 1) {
    for (const one of others) kept.add(one);
    for (const one of others.toReversed()) kept.remove(one);
  }

  assert.is(kept.end, (stays as RawGreenlet).place + 1);
});

test('a member that has left can join again, as the last', () => {
  const kept = new Kept();
  const [a, b] = [make(), make()];
  for (const each of [a, b]) kept.add(each);

  kept.remove(a);
  kept.add(a);

  const [first, second] = kept;
  assert.ok(first === b && second === a);
});

test.run();
