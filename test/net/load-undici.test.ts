import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('loading undici');

test('a first request that is given up while undici loads connects nowhere, and ends the source of its body', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { createServer } from 'node:net';
    import { Readable } from 'node:stream';
    import { request } from 'greenhub/net';
    // The kill must arrive before undici is loaded. Newer versions of Node load it within one turn of the event loop.
    getHub().switchInterval = Infinity;
    let connections = 0;
    const server = createServer((socket) => { connections += 1; socket.destroy(); }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.on('listening', listening));
    const body = new Readable({ read() {} });
    const job = spawn(function* () {
      yield* request('http://127.0.0.1:' + server.address().port, { body });
    });
    await Promise.resolve();
    const closed = new Promise((settle) => body.on('close', settle));
    await job.kill();
    console.log(job.dead);
    await closed;
    await request('http://127.0.0.1:' + server.address().port).catch(() => {});
    console.log(connections);
    server.close();
  `);

  assert.equal({ code, stdout, stderr }, { code: 0, stdout: 'true\n1\n', stderr: '' });
});

test('a first request with a wrong URL fails as later ones do', async () => {
  const { stdout } = await runProgram(`
    import { request } from 'greenhub/net';
    for (let n = 0; n < 2; n += 1) console.log((await request('ftp://localhost').catch((error) => error)).code);
  `);

  assert.is(stdout, 'UND_ERR_INVALID_ARG\nUND_ERR_INVALID_ARG\n');
});

test.run();
