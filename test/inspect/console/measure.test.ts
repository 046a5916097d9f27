import * as assert from 'uvu/assert';
import { Queue, spawn } from '../../../lib/index.ts';
import type { Frame } from '../../../lib/inspect/console/protocol.ts';
import { serve, stats, stopStats } from '../../../lib/inspect/index.ts';
import { measured } from '../../../lib/inspect/measured.ts';
import { waitAllBlocked } from '../../../lib/testing/index.ts';
import { ask, until, watch } from '../../support/console.ts';
import { suite } from '../../support/harness.ts';

const test = suite('measuring by the console');

test('a page turns it on and off, and sees the times of greenlets meanwhile', async () => {
  using server = await serve();
  const getter = spawn(() => new Queue<number>().get());
  await waitAllBlocked();
  const set = (tab: string, value: string): Promise<{ status: number | undefined }> =>
    ask(server, `/measure?tab=${tab}&measure=${value}`, { method: 'POST' });

  assert.is((await set('a', 'on')).status, 404);
  const seen: Frame['measuring'][] = [];
  for await (const { measuring, page } of watch(server, 'view=overview&tab=a')) {
    if (seen.at(-1) === measuring) continue;
    seen.push(measuring);
    assert.is(page?.view === 'overview' && page.times !== null, measuring === 'here');
    assert.is(measured.by !== null, measuring === 'here');
    if (seen.length === 3) break;
    assert.is((await ask(server, '/measure?tab=a&measure=on')).status, 405);
    assert.is((await set('a', measuring === 'off' ? 'on' : 'off')).status, 202);
  }

  assert.equal(seen, ['off', 'here', 'off']);
  getter.kill();
});

test('it goes on while one of two pages wants it, and ends with that page', async () => {
  using server = await serve();
  let other: Frame['measuring'] | undefined;
  for await (const { measuring } of watch(server, 'view=overview&tab=b&measure=on')) {
    assert.is(measuring, 'here');
    for await (const frame of watch(server, 'view=overview&tab=c')) {
      other = frame.measuring;
      break;
    }
    break;
  }

  assert.is(other, 'elsewhere');
  await until(() => measured.by === null);
});

test('it leaves the measuring of the program alone', async () => {
  using server = await serve();
  stats();
  const { by } = measured;
  const seen: Frame['measuring'][] = [];
  for await (const { measuring } of watch(server, 'view=overview&tab=d')) {
    seen.push(measuring);
    if (seen.length === 2) break;
    await ask(server, '/measure?tab=d&measure=on', { method: 'POST' });
  }
  server.close();

  assert.equal(seen, ['elsewhere', 'here']);
  assert.is(measured.by, by);
  stopStats();
});

test.run();
