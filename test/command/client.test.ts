import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Client } from '../../lib/command/client.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/client');

/** Calls `use` with a client, and the other end of its connection. */
async function whileConnected(use: (client: Client, peer: Socket) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  const path = join(folder, 'a.sock');
  const server = createServer().listen(path);
  try {
    await once(server, 'listening');
    const connection = once(server, 'connection');
    const client = (await Client.connect(path, 4711)) as Client;
    await use(client, (await connection)[0]);
    client.close();
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const AN_HOUR = 3_600_000;

test('a stay ends with the program, whose end the next question reports', async () => {
  await whileConnected(async (client, peer) => {
    peer.destroy();
    await client.stay(AN_HOUR);

    const error = await client.ask('hello', null).catch((thrown) => thrown);
    assert.is(error.message, 'process 4711 has ended');
  });
});

test('a stay ends when it is stopped, or after its time', async () => {
  await whileConnected(async (client) => {
    const stop = new AbortController();
    const stay = client.stay(AN_HOUR, stop);
    stop.abort();
    await stay;
    await client.stay(0);
  });
});

test.run();
