import * as assert from 'uvu/assert';
import { Queue, ShutDown, sleep, spawn } from '../../../lib/index.ts';
import { answering, Grant } from '../../../lib/process/network/maker.ts';
import { QueueService } from '../../../lib/process/shared/queue-service.ts';
import type { Encoded } from '../../../lib/process/travel/encode.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/shared, items under way');

const taker = { node: 'another', greenlet: 1 };
const item: Encoded = { payload: 1, specials: null };

/** A queue that was shut down while its only item is on its way to a getter, and another getter that waits. */
async function underWay() {
  const service = new QueueService(new Queue<Encoded>());
  const ask = (method: string, ...fields: unknown[]) => spawn(() => answering(service, method, fields, taker));
  await ask('put', item);
  const grant = await ask('get');
  assert.instance(grant, Grant);
  const other = ask('get');
  service.order('shutdown', []);
  for (let turns = 0; turns < 5; turns += 1) await sleep(0);
  assert.is(other.ready(), false);
  return { grant: grant as Grant, other };
}

test('a getter of a queue that was shut down gets an item that comes back', async () => {
  const { grant, other } = await underWay();
  grant.takeBack();
  assert.is(((await other) as Grant).value, item);
});

test('a queue is drained once the items under way have arrived', async () => {
  const { grant, other } = await underWay();
  grant.acknowledged();
  assert.instance(await failureOf(other), ShutDown);
});

test.run();
