import * as assert from 'uvu/assert';
import { Event, killall, sleep, spawn } from '../../../lib/index.ts';
import { Asked } from '../../../lib/inspect/asked.ts';
import { pageOf } from '../../../lib/inspect/console/pages.ts';
import type { ObjectsPage } from '../../../lib/inspect/console/protocol.ts';
import { Query } from '../../../lib/inspect/console/query.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inspect/console/pages');
const sources = { warnings: [], watch: null, distant: null, relatives: new Asked(async () => []), timeline: null };

function objects(search: string): ObjectsPage {
  return pageOf(new Query(new URLSearchParams(`view=objects&${search}`)), sources) as ObjectsPage;
}

test('the objects are sent a hundred at a time, each of them on one page', async () => {
  const name = 'one of many';
  const waiters = Array.from({ length: 150 }, () => {
    const event = new Event();
    event.name = name;
    return spawn(() => event.wait());
  });
  await sleep(0);

  const [first, second] = [objects(`filter=${name}`), objects(`filter=${name}&from=100`)];
  await killall(waiters);

  assert.equal([first.from, first.count, first.objects.length], [0, 150, 100]);
  assert.equal([second.from, second.count, second.objects.length], [100, 150, 50]);
  assert.is(new Set([...first.objects, ...second.objects].map(({ id }) => id)).size, 150);
});

test.run();
