import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { inspectorPort, listensAt, opensInspector, parentOf, reachOf } from '../../lib/command/process-facts.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/process-facts');
/** No process has a number so high. */
const NONE = 999_999_999;

test('a process of ours can be reached, and one that does not exist cannot', () => {
  assert.is(reachOf(process.pid), 'ours');
  assert.is(reachOf(NONE), 'none');
});

test('a program of Node opens its inspector, and nothing is known of a process that does not exist', () => {
  assert.is(opensInspector(process.pid), true);
  assert.is(opensInspector(NONE), false);
  assert.is(parentOf(NONE), null);
  assert.is(inspectorPort(NONE), 9229);
  assert.is(listensAt(NONE, 9229), null);
});

if (process.platform === 'linux') {
  test('Linux knows the parent of a process, and the ports where it listens', async () => {
    assert.is(parentOf(process.pid), process.ppid);
    const server = createServer();
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    const { port } = server.address() as AddressInfo;

    assert.is(listensAt(process.pid, port), true);
    assert.is(listensAt(process.ppid, port), false);
    server.close();
  });
}

test.run();
