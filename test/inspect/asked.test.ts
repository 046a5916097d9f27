import * as assert from 'uvu/assert';
import { Asked } from '../../lib/inspect/asked.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/asked');

test('asks one time after the other, and tells when the answer is there', async () => {
  const answers: ((answer: string) => void)[] = [];
  const asked = new Asked(() => new Promise<string>((settle) => answers.push(settle)));
  let told = 0;
  const first = asked.renew(() => {
    told += 1;
  });
  await asked.renew();
  assert.equal([answers.length, told, asked.latest], [1, 0, null]);

  answers[0]?.('here');
  await first;
  assert.equal([told, asked.latest], [1, 'here']);
  void asked.renew();
  assert.is(answers.length, 2);
  assert.is(asked.latest, 'here');
});

test('asks again after a failure', async () => {
  let asks = 0;
  const asked = new Asked(() => {
    asks += 1;
    return asks === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(asks);
  });
  const error = await asked.renew().catch((reason) => reason);
  assert.is(error.message, 'lost');
  await asked.renew();
  assert.is(asked.latest, 2);
});

test.run();
