import { createServer, Server } from 'node:net';
import * as assert from 'uvu/assert';
import { host } from '../../lib/hub/loop/host.ts';
import { startListening } from '../../lib/inspect/start-listening.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/start-listening');
const where = { host: '127.0.0.1', port: 0 };

test('an error of a server that listens is reported, and does not end the program', async () => {
  const reports: string[] = [];
  const { report } = host;
  host.report = (text) => void reports.push(text);
  const server = createServer();
  try {
    await startListening(server, where);
    for (const name of ['first', 'second']) server.emit('error', new Error(`accept EMFILE, the ${name}`));
  } finally {
    host.report = report;
    server.close();
  }

  assert.is(reports.length, 2);
  assert.match(reports[0] ?? '', /^greenhub cannot show what runs: .*accept EMFILE, the first/);
});

test('a server that cannot listen tells the caller', async () => {
  const first = createServer();
  await startListening(first, where);
  const { port } = first.address() as { port: number };

  const failure = (await failureOf(startListening(new Server(), { ...where, port }))) as NodeJS.ErrnoException;

  assert.is(failure.code, 'EADDRINUSE');
  first.close();
});

test.run();
