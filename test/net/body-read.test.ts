import * as assert from 'uvu/assert';
import { spawn, Timeout } from '../../lib/index.ts';
import { ConcurrentUseError, LimitExceededError, request } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { visited } from './visited.ts';

const all = suite('net/body-read');
const test = visited(all);

test('back-pressure stops the server while the body is not read', async (site) => {
  const size = 32 * 1024 * 1024;
  let isTaken = false;
  site.on('/huge', (_, response) => {
    response.end(Buffer.alloc(size), () => {
      isTaken = true;
    });
  });
  const { body } = await request(site.url('/huge'));
  for (let turns = 0; turns < 50; turns += 1) await waitAllBlocked();
  assert.is(isTaken, false);
  let length = 0;
  for await (const piece of body) length += piece.length;
  assert.is(length, size);
});

test('with a highWaterMark of 0 the pieces still come', async (site) => {
  site.on('/pieces', (_, response) => response.end('x'.repeat(300_000)));
  const { body } = await request(site.url('/pieces'), { highWaterMark: 0 });
  let length = 0;
  for await (const piece of body) length += piece.length;
  assert.is(length, 300_000);
});

test('a body is read once', async (site) => {
  const { body } = await request(site.url('/text'));
  assert.is(body.used, false);
  assert.is(await body.text(), 'hello');
  assert.is(body.used, true);
  assert.instance(await failureOf(body.text()), TypeError);
  assert.equal(await body.next(), { done: true, value: undefined });
});

test('a second greenlet that reads a body gets a clear error, and the first continues', async (site) => {
  let finish = (): void => {};
  site.on('/gated', (_, response) => {
    response.write('first ');
    finish = () => response.end('second');
  });
  const { body } = await request(site.url('/gated'));
  const first = spawn(() => body.text());
  await waitAllBlocked();
  assert.instance(await failureOf(body.text()), ConcurrentUseError);
  assert.instance(await failureOf(body.next()), ConcurrentUseError);
  finish();
  assert.is(await first, 'first second');
});

test('a limit is enforced, and a limit that is just enough is accepted', async (site) => {
  assert.is(await (await request(site.url('/text'))).body.text({ limit: 5 }), 'hello');
  const error = await failureOf((await request(site.url('/text'))).body.text({ limit: 4 }));
  assert.instance(error, LimitExceededError);
  assert.is((error as LimitExceededError).limit, 4);
  assert.instance(await failureOf((await request(site.url('/half'))).body.bytes({ limit: 9 })), LimitExceededError);
});

test('a body that is over its limit is dropped, which closes the connection', async (site) => {
  const { body } = await request(site.url('/half'), { reset: true });
  assert.instance(await failureOf(body.json({ limit: 3 })), LimitExceededError);
  await site.deserted();
});

test('a read that takes too long throws Timeout, and frees the connection', async (site) => {
  const { body } = await request(site.url('/half'));
  assert.instance(await failureOf(body.text({ timeout: 10 })), Timeout);
  await site.deserted();
  assert.is(((await failureOf(body.next())) as NodeJS.ErrnoException).code, 'UND_ERR_ABORTED');
});

test('dump() reads the rest, or closes the connection if the rest is too long', async (site) => {
  const { body } = await request(site.url('/text'), { reset: true });
  await body.dump();
  assert.is(body.used, true);
  await (await request(site.url('/half'))).body.dump({ limit: 5 });
  await site.deserted();
  await (await request(site.url('/status'))).body.dump();
  assert.is(site.connections, 1);
});

test('an error after the headers goes to the reader, but not to dump()', async (site) => {
  site.on('/breaks', (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('first');
    setImmediate(() => response.destroy());
  });
  const error = (await failureOf((await request(site.url('/breaks'))).body.text())) as NodeJS.ErrnoException;
  assert.is(error.name, 'SocketError');
  assert.is(error.code, 'UND_ERR_SOCKET');
  await (await request(site.url('/breaks'))).body.dump();
});

test('the part that arrived before the error can be read piece by piece', async (site) => {
  site.on('/breaks', (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('first');
    setImmediate(() => response.destroy());
  });
  const { body } = await request(site.url('/breaks'));
  assert.is(String((await body.next()).value), 'first');
  assert.is(((await failureOf(body.next())) as NodeJS.ErrnoException).code, 'UND_ERR_SOCKET');
});

all.run();
