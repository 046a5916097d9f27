import * as assert from 'uvu/assert';
import { getcurrent, greenlet } from '../../../lib/greenlet/index.ts';
import { numberOf } from '../../../lib/hub/tasks/greenlet-number.ts';
import { killall, sleep, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';

const test = suite('the number of a greenlet');

test('main has 0, and a spawned greenlet has its id', async () => {
  const job = spawn(() => sleep(60_000));
  assert.is(numberOf(getcurrent()), 0);
  assert.is(numberOf(job), job.id);
  await killall([job]);
});

test('a raw greenlet has a negative one of its own, which stays', () => {
  const [one, other] = [greenlet(function* () {}), greenlet(function* () {})];
  const first = numberOf(other);
  const second = numberOf(one);
  assert.ok(first < 0);
  assert.is(second, first - 1);
  assert.is(numberOf(other), first);
  assert.is(numberOf(one), second);
});

test.run();
