import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Client } from '../../lib/command/client.ts';
import { host } from '../../lib/hub/loop/host.ts';
import { Door, door } from '../../lib/inspect/door.ts';
import { measured } from '../../lib/inspect/measured.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/door');
const folder = mkdtempSync(join(tmpdir(), 'door-'));
process.env.TMPDIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function visitor(path: string): Promise<Client> {
  const client = await Client.connect(path, process.pid);
  assert.ok(client !== null);
  return client;
}

test('a door for one visitor closes behind it, and what the visitor has turned on is off again', async () => {
  const path = await door.open(false);
  const client = await visitor(path);
  await client.ask('overview', { sort: 'busy', limit: 1, places: 1 });
  assert.ok(measured.by !== null);

  client.close();
  while (existsSync(path)) await turn();

  assert.is(measured.by, null);
  assert.is(await Client.connect(path, process.pid), null);
});

test('it stays open for a visitor that was told the way while another was leaving', async () => {
  const first = await visitor(await door.open(false));
  await first.ask('hello', null);
  const path = await door.open(false);
  first.close();
  for (let turns = 0; turns < 50; turns += 1) await turn();

  const second = await visitor(path);
  assert.is((await second.ask('hello', null)).pid, process.pid);

  second.close();
  while (existsSync(path)) await turn();
});

test('what cannot be answered is an error, and the connection stays', async () => {
  const path = await door.open(false);
  const client = await visitor(path);

  const error = await client.ask('write', { path: '/nowhere' }).catch((thrown) => thrown);
  assert.is(error.message, `process ${process.pid}: nothing is recorded`);
  const unknown = await client.ask('fly' as 'hello', null).catch((thrown) => thrown);
  assert.match(unknown.message, 'does not know "fly"');
  assert.is(await client.ask('greenlet', { id: 123_456 }), null);

  client.close();
  while (existsSync(path)) await turn();
});

test('it stays open if it was opened for good while it waited for a visitor', async () => {
  const lates: (() => void)[] = [];
  const { startTimer } = host;
  host.startTimer = (fn, ms) => {
    lates.push(fn);
    return startTimer(fn, ms);
  };
  const own = new Door();
  const path = await own.open(false);
  host.startTimer = startTimer;
  await own.open(true);

  for (const late of lates) late();
  await turn();

  assert.is(lates.length, 1);
  const client = await visitor(path);
  client.close();
});

test('it opens anew if something has removed its socket', async () => {
  const own = new Door();
  rmSync(await own.open(true));

  const client = await visitor(await own.open(false));
  assert.is((await client.ask('hello', null)).pid, process.pid);
  client.close();
});

test.run();
