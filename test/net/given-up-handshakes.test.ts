import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('requests given up in the TLS handshake');

/** Gives up 600 handshakes, a hundred at once. */
const GIVING_UP = (call: string): string => `
  const { request } = await import('greenhub/net');
  const { patchAll } = await import('greenhub/monkey');
  const { setImmediate: turn } = await import('node:timers/promises');
  patchAll();
  const connecting = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const failures = {};
  for (let round = 0; round < 6; round += 1) {
    const jobs = Array.from({ length: 100 }, () => spawn(() => ${call}(process.env.SILENT)));
    // Node 26 first opens one connection, in case the server speaks HTTP/2.
    let before = 0;
    for (let still = 0; still < 50; still = connecting() > 0 && connecting() === before ? still + 1 : 0) {
      before = connecting();
      await turn();
    }
    await killall(jobs);
    for (const { exception } of jobs) failures[exception?.name] = (failures[exception?.name] ?? 0) + 1;
  }
  for (let turns = 0; turns < 100 && connecting() > 0; turns += 1) await turn();
  console.log(JSON.stringify({ failures, left: connecting() }));
  process.exit();
`;

for (const call of ['request', 'fetch']) {
  test(`600 of ${call}() need no more files than are wanted at once`, async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => sockets.delete(socket))
        .resume();
    });
    await once(server.listen(0, '127.0.0.1', 1_000), 'listening');
    const env = { SILENT: `https://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    const { stdout, stderr } = await runProgram(GIVING_UP(call), { env, descriptors: 256 });
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
    assert.is(stderr, '');
    assert.equal(JSON.parse(stdout), { failures: { GreenletExit: 600 }, left: 0 });
  });
}

test.run();
