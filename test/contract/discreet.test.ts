/** No message shows a password, a token or a raw line break of its input. */
import http from 'node:http';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { getOriginal, isPatched, signalHandler } from '../../lib/monkey/index.ts';
import { bindDatagram, connect, connectDatagram, connectTls, request } from '../../lib/net/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';
import { peer } from '../support/stage.ts';

const all = suite('contract/discreet');
const test = patching(all);

const lookup = ((): void => {}) as never;
const port = 1;

/** Failing calls, by description. */
const FAILURES: Record<string, (silent: string) => unknown> = {
  'a request that is not answered': (silent) => request(`http://name:hunter2@${silent}/a?key=hunter2`, { timeout: 0 }),
  'a request for something else': () => request('ftp://name:hunter2@site.test/'),
  'a request for no URL': () => request('http://name:hunter2@site test/\n'),
  'a request for a port that cannot be': () => request('http://name:hunter2@site.test:99999/?key=hunter2\n'),
  'a fetch with a name and a password': () => spawn(() => fetch('http://name:hunter2@site.test/')),
  'a fetch with a name and a password in a URL': () => spawn(() => fetch(new URL('http://name:hunter2@site.test/'))),
  'a fetch of no URL': () => spawn(() => fetch('http://name:hunter2@site test/\n')),
  'a connection that is not made': () => connect({ host: 'a\nb', port, lookup }, { timeout: 0 }),
  'a TLS connection that is not made': () => connectTls({ host: 'a\nb', port, lookup }, { timeout: 0 }),
  'a connection to a path': () => connect({ path: '/a\nb' }, { timeout: 0 }),
  'a datagram socket that is not bound': () => bindDatagram({ host: 'a\nb', lookup }, { timeout: 0 }),
  'a datagram socket that is not connected': () => connectDatagram({ host: 'a\nb', port, lookup }, { timeout: 0 }),
  'an invalid datagram port': () => connectDatagram('a\nb' as never, 'site.test'),
  'an answer of a request that was destroyed': (silent) =>
    spawn(function* () {
      const asked = http.get(`http://name:hunter2@${silent}/a?key=hunter2`).on('error', () => {});
      asked.destroy();
      yield* asked;
    }),
  'a patch that there is not': () => isPatched('a\nb' as never),
  'a module that there is not': () => getOriginal('a\nb', 'x'),
  'a property that there is not': () => getOriginal('fs', 'a\nb'),
  'a signal that there is not': () => signalHandler('a\nb' as never, () => {}),
};

for (const [name, fail] of Object.entries(FAILURES)) {
  test(`${name} is reported on one line and without secrets`, async () => {
    const silent = await peer((socket) => void socket.resume());
    const error = (await failureOf((async () => fail(`127.0.0.1:${silent.port}`))())) as Error;
    assert.instance(error, Error);
    assert.not.match(`${error.message}\n${error.stack}`, 'hunter2');
    assert.not.match(error.message, /[\n\r]/);
    await silent.close();
  });
}

test('the description of a wait contains no secrets', () => {
  const asking = request('http://name:hunter2@site.test/a?key=hunter2', { method: 'GET' });
  const { describe } = asking as unknown as { describe(): string };
  assert.is(describe.call(asking), 'an answer to GET to http://site.test/a');
});

all.run();
