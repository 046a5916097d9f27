import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Program, start } from './program.ts';

const test = suite('example echo-server');

/** The port that it prints. */
async function portOf(program: Program): Promise<number> {
  await program.printed('\n');
  return Number(/^listening on 127\.0\.0\.1, port (\d+)\n$/.exec(program.output())?.[1]);
}

test('it sends back each line, and ends on Ctrl-C', async () => {
  const program = start('echo-server');
  const client = createConnection({ port: await portOf(program), host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  client.end('one\r\ntwo\nthree');
  assert.is(await text(client), 'one\ntwo\nthree\n');
  program.interrupt();
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test('a line that is too long is reported', async () => {
  const program = start('echo-server');
  const client = createConnection({ port: await portOf(program), host: '127.0.0.1' });
  await once(client, 'connect');
  client.write('x'.repeat(64 * 1024));
  assert.is(await text(client), 'bye: that line is too long\n');
  program.interrupt();
  assert.is((await program.ended).code, 130);
});

test.run();
