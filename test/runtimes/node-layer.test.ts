/**
 * `greenhub/net` and `greenhub/monkey` on the Node layers of other runtimes. `scripts/runtimes.js` runs it on Deno and Bun, from the
 * sources.
 */
import childProcess from 'node:child_process';
import dns from 'node:dns';
import events, { EventEmitter } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import timersPromises from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Event, sleep, spawn, withTimeout } from '../../lib/index.ts';
import { patchNames } from '../../lib/monkey/all-patches.ts';
import { isPatched, patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { connect, HttpServer, request, StreamServer } from '../../lib/net/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('Node layer');

/** Serves `hello`, but never answers for /never. */
async function serving(body: (port: number, closed: Event) => Promise<void>): Promise<void> {
  const closed = new Event();
  const server = http.createServer((req, res) => {
    if (req.url === '/never') req.socket.once('close', () => closed.set());
    else res.end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body((server.address() as AddressInfo).port, closed);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function patched(body: () => Promise<void>): Promise<void> {
  patchAll();
  try {
    await body();
  } finally {
    unpatchAll();
  }
}

test('patchAll() installs every patch, and unpatchAll() removes them', async () => {
  await patched(async () => {
    assert.equal(
      patchNames().filter((name) => !isPatched(name)),
      [],
    );
  });

  assert.equal(
    patchNames().filter((name) => isPatched(name)),
    [],
  );
});

test('a greenlet fetches, and one that is killed aborts its fetch', async () => {
  await patched(() =>
    serving(async (port, closed) => {
      const text = await spawn(function* () {
        const response = yield* fetch(`http://127.0.0.1:${port}/`);
        return yield* response.text();
      });
      assert.is(text, 'hello');

      const late = await withTimeout(200, () => fetch(`http://127.0.0.1:${port}/never`), { timeoutValue: 'late' });
      assert.is(late, 'late');
      await closed.wait();
    }),
  );
});

test('child processes, names, events, timers and sockets of Node wait in greenlets', async () => {
  await patched(() =>
    serving(async (port) => {
      const seen = await spawn(function* () {
        const { stdout } = yield* childProcess.execFile('echo', ['hi']);
        const { address } = yield* dns.promises.lookup('127.0.0.1');
        const emitter = new EventEmitter();
        setTimeout(function* () {
          yield* sleep(1);
          emitter.emit('ready', 7);
        }, 1);
        const [ready] = yield* events.once(emitter, 'ready');
        const timer = yield* timersPromises.setTimeout(1, 'due');
        const socket = yield* net.connect(port, '127.0.0.1');
        yield* socket.sendall('GET / HTTP/1.0\r\n\r\n');
        const bytes = yield* socket.recv(1_000);
        socket.destroy();
        return [stdout, address, ready, timer, bytes.toString('latin1', 0, 5)];
      });
      assert.equal(seen, ['hi\n', '127.0.0.1', 7, 'due', 'HTTP/']);
    }),
  );
});

test('greenhub/net connects, serves a stream, and serves and sends requests', async () => {
  const echo = new StreamServer({ port: 0, host: '127.0.0.1' }, function* (socket) {
    yield* socket.sendall(yield* socket.recv(100));
  });
  const site = new HttpServer({ port: 0, host: '127.0.0.1' }, function* (asked, response) {
    yield* sleep(1);
    response.end(`you asked for ${asked.url}`);
  });
  await echo.start();
  await site.start();
  const seen = await spawn(function* () {
    const socket = yield* connect({ port: Number(echo.port), host: '127.0.0.1' });
    yield* socket.sendall('abc');
    const bytes = yield* socket.recvExactly(3);
    socket.close();
    const response = yield* request(`http://127.0.0.1:${site.port}/page`);
    return [bytes.toString(), response.statusCode, yield* response.body.text()];
  });
  await echo.stop();
  await site.stop();

  assert.equal(seen, ['abc', 200, 'you asked for /page']);
});

test.run();
