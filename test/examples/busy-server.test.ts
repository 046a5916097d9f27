import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run, start } from './program.ts';

const test = suite('example busy-server');

test('without a port, every page is crawled and every image painted, and it ends', async () => {
  const { code, stdout, stderr } = await run('busy-server');
  assert.is(stdout, '200 pages crawled, 200 images painted, 400 entries in the ledger\n');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('with a port, the console shows who fights for the lock', async () => {
  const program = start('busy-server', '0');
  await program.printed('\n');
  const [, url = ''] = /^open (\S+)\n/.exec(program.output()) ?? [];
  const stream = new URL(url);
  stream.pathname = '/events';
  stream.searchParams.set('view', 'objects');
  const [response] = (await once(get(stream, { agent: false }), 'response')) as [IncomingMessage];
  let received = '';
  for await (const chunk of response) {
    received += String(chunk);
    if (/"name":"ledger"/.test(received)) break;
  }
  program.interrupt();
  const { code, stderr } = await program.ended;

  assert.match(received, /"kind":"Queue","name":"(?:frontier|images)"/);
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test.run();
