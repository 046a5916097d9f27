import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { forEach, spawn, Timeout } from '../../lib/index.ts';
import { type HttpBody, request } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import type { Echo } from '../support/site.ts';
import { keepingGlobalDispatcher, undici, withGlobalDispatcher } from '../support/undici.ts';
import { visited } from './visited.ts';

const all = suite('request');
const test = visited(all);

test('it gives status, headers and body, in a greenlet and outside', async (site) => {
  const answer = await request(site.url('/json'));
  assert.is(answer.statusCode, 200);
  assert.is(answer.statusText, 'OK');
  assert.is(answer.headers['content-length'], '13');
  assert.equal(await answer.body.json<{ answer: number }>(), { answer: 42 });
  const text = await spawn(function* () {
    const { statusCode, body } = yield* request(new URL(site.url('/status')));
    return `${statusCode} ${yield* body.text()}`;
  });
  assert.is(text, '404 nothing here');
});

for (const [kind, given, expected] of [
  ['none', undefined, {}],
  ['an object', { 'x-own': 'yes', none: undefined }, { 'x-own': 'yes' }],
  ['an array', ['x-own', 'yes'], { 'x-own': 'yes' }],
  ['a Map', new Map([['x-own', 'yes']]), { 'x-own': 'yes' }],
  ['Headers', new undici.Headers({ 'x-own': 'yes' }), { 'x-own': 'yes' }],
] as const) {
  test(`a name and a password in the URL are sent by the Basic scheme beside other headers (${kind})`, async (site) => {
    const url = site.url('/echo').replace('//', '//us%3Aer:p%40ss%20w%C3%B6rd%zz@');
    const { body } = await request(url, { headers: given as never });
    const { headers } = await body.json<Echo>();
    assert.is(headers.authorization, `Basic ${Buffer.from('us:er:p@ss wörd%zz').toString('base64')}`);
    for (const [name, value] of Object.entries(expected)) assert.is(headers[name], value);
  });
}

test("an Authorization header of the program's own is sent instead", async (site) => {
  const url = site.url('/echo').replace('//', '//name:word@');
  for (const headers of [{ Authorization: 'Bearer x' }, ['AUTHORIZATION', 'Bearer x']]) {
    const { body } = await request(url, { headers });
    assert.is((await body.json<Echo>()).headers.authorization, 'Bearer x');
  }
});

test('making one does nothing, and each use of it makes a request', async (site) => {
  const asking = request(site.url('/text'));
  await waitAllBlocked();
  assert.is(site.requests('/text'), 0);
  assert.is(await (await asking).body.text(), 'hello');
  assert.is(await (await asking).body.text(), 'hello');
  assert.is(site.requests('/text'), 2);
});

test('several uses of one operation at the same time are requests of their own', async (site) => {
  const asking = request(site.url('/text'));
  const texts = await Promise.all([1, 2, 3].map(async () => (await asking).body.text()));
  assert.equal(texts, ['hello', 'hello', 'hello']);
});

for (const [kind, body] of [
  ['a string', () => 'häl'],
  ['bytes', () => Buffer.from('häl')],
  ['a stream', () => Readable.from([Buffer.from('h'), Buffer.from('äl')])],
] as const) {
  test(`${kind} is sent, with undici's own options`, async (site) => {
    const { body: answer } = await request(site.url('/echo'), {
      method: 'POST',
      headers: { 'x-own': 'yes' },
      query: { a: 1 },
      body: body(),
    });
    const echo = await answer.json<Echo>();
    assert.is(echo.method, 'POST');
    assert.is(echo.headers['x-own'], 'yes');
    assert.is(echo.body, 'häl');
  });
}

test('the default methods are those of undici', async (site) => {
  assert.is((await (await request(site.url('/echo'))).body.json<Echo>()).method, 'GET');
  assert.is((await (await request(site.url('/echo'), { body: 'x' })).body.json<Echo>()).method, 'PUT');
});

test('query and path of the URL are sent, and its hash is not', async (site) => {
  site.on('/where', (asked, response) => response.end(asked.url));
  assert.is(await (await request(site.url('/where?a=1#b'))).body.text(), '/where?a=1');
  assert.is(await (await request(site.url('/where'), { query: { a: [1, 2] } })).body.text(), '/where?a=1&a=2');
});

for (const [reader, read] of [
  ['bytes', async (body: HttpBody) => Buffer.from(await body.bytes()).toString()],
  ['arrayBuffer', async (body: HttpBody) => Buffer.from(await body.arrayBuffer()).toString()],
  ['blob', async (body: HttpBody) => (await body.blob()).text()],
  ['text', (body: HttpBody) => body.text()],
] as const) {
  test(`${reader}() gives the whole of a body that arrives in pieces, and of an empty one`, async (site) => {
    site.on('/pieces', (_, response) => {
      response.write('a piece, ');
      setImmediate(() => response.end('another'));
    });
    assert.is(await read((await request(site.url('/pieces'))).body), 'a piece, another');
    assert.is(await read((await request(site.url('/empty'))).body), '');
  });
}

test('bytes() and arrayBuffer() are memory of their own', async (site) => {
  const bytes = await (await request(site.url('/text'))).body.bytes();
  assert.is(bytes.buffer.byteLength, 5);
  assert.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
});

test('text() leaves the byte order mark away, and json() throws SyntaxError', async (site) => {
  site.on('/mark', (_, response) => response.end('\ufeffmarked'));
  assert.is(await (await request(site.url('/mark'))).body.text(), 'marked');
  assert.instance(await failureOf((await request(site.url('/text'))).body.json()), SyntaxError);
});

test('a blob has the content type', async (site) => {
  assert.is((await (await request(site.url('/form'))).body.blob()).type, 'application/x-www-form-urlencoded');
});

test('forEach goes through the pieces, and so does for await, and pipeline()', async (site) => {
  const whole = 'x'.repeat(300_000);
  site.on('/long', (_, response) => response.end(whole));
  const pieces: Buffer[] = [];
  await spawn(function* () {
    const { body } = yield* request(site.url('/long'));
    yield* forEach(body, (piece) => pieces.push(piece));
  });
  assert.is(Buffer.concat(pieces).toString(), whole);
  let length = 0;
  for await (const piece of (await request(site.url('/long'))).body) length += piece.length;
  assert.is(length, whole.length);
  length = 0;
  await pipeline((await request(site.url('/long'))).body, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) length += piece.length;
  });
  assert.is(length, whole.length);
});

test('breaking a for await drops the rest and frees the connection', async (site) => {
  for await (const piece of (await request(site.url('/half'))).body) {
    assert.is(piece.length, 10);
    break;
  }
  await site.deserted();
});

test('the trailers are there after the body', async (site) => {
  site.on('/trailers', (_, response) => {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('body');
    response.addTrailers({ 'x-sum': '4' });
    response.end();
  });
  const response = await request(site.url('/trailers'));
  assert.is(await response.body.text(), 'body');
  assert.equal(response.trailers, { 'x-sum': '4' });
});

test('informational answers go to onInfo', async (site) => {
  const infos: number[] = [];
  site.on('/hints', (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('then');
  });
  const { body } = await request(site.url('/hints'), { onInfo: ({ statusCode }) => infos.push(statusCode) });
  assert.is(await body.text(), 'then');
  assert.equal(infos, [103]);
});

test('a timeout of 0 polls', async (site) => {
  assert.instance(await failureOf(request(site.url('/text'), { timeout: 0 })), Timeout);
  assert.is(site.requests('/text'), 0);
  const { body } = await request(site.url('/text'), { reset: true });
  assert.is(await body.text({ timeout: 0 }), 'hello');
  const half = await request(site.url('/half'));
  assert.instance(await failureOf(half.body.text({ timeout: 0 })), Timeout);
  await site.deserted();
});

test('an error has the stack of the waiter', async (site) => {
  const port = site.port;
  await site.close();
  const gr = spawn(function* whoAsks() {
    yield* request(`http://127.0.0.1:${port}/`);
  });
  const error = (await failureOf(gr)) as NodeJS.ErrnoException;
  assert.is(error.code, 'ECONNREFUSED');
  assert.match(error.stack ?? '', /whoAsks/);
});

test('redirect, retry, decompress, cache and dns of undici are used as they are', async (site) => {
  const { interceptors } = undici;
  const agent = new undici.Agent();
  const dispatcher = agent.compose(
    interceptors.cache(),
    interceptors.retry({ minTimeout: 1, maxRetries: 2 }),
    interceptors.redirect({ maxRedirections: 3 }),
    interceptors.decompress(),
    interceptors.dns({ maxTTL: 1_000 }),
  );
  let tries = 0;
  site.on('/flaky', (_, response) => {
    tries += 1;
    if (tries < 3) response.writeHead(503).end();
    else response.writeHead(302, { location: '/zipped' }).end();
  });
  site.on('/zipped', (_, response) => {
    const headers = { 'content-encoding': 'gzip', 'cache-control': 'max-age=100' };
    response.writeHead(200, headers).end(gzipSync('zipped'));
  });
  const response = await request(site.url('/flaky').replace('127.0.0.1', 'localhost'), { dispatcher });
  assert.is(await response.body.text(), 'zipped');
  assert.is((response.context as { history: URL[] }).history.length, 2);
  const again = await request(site.url('/zipped').replace('127.0.0.1', 'localhost'), { dispatcher });
  assert.is(await again.body.text(), 'zipped');
  assert.is(tries, 3);
  assert.is(site.requests('/zipped'), 1);
  await agent.destroy();
});

test('a dispatcher that is set for everybody is used, and ours stands in for the default only', async (site) => {
  const agent = new undici.Agent();
  await withGlobalDispatcher(agent.compose(undici.interceptors.redirect({ maxRedirections: 1 })), async () => {
    assert.is(await (await request(site.url('/301'))).body.text(), 'hello');
  });
  await agent.destroy();
  assert.is((await request(site.url('/301'))).statusCode, 301);
});

test('the default dispatcher is still the default after the program has set it again', (site) =>
  keepingGlobalDispatcher(async () => {
    await (await request(site.url('/301'))).body.text();
    site.on('/bad-chunk', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'));

    // On Node 26 this sets undici 7's view of the default, which is a wrapper, for undici 8 too.
    undici.setGlobalDispatcher(undici.getGlobalDispatcher());

    const response = await request(site.url('/bad-chunk'));
    // Only undici 7 gives this code.
    const error = (await failureOf(response.body.text())) as NodeJS.ErrnoException;
    assert.is(error.code, 'HPE_INVALID_CHUNK_SIZE');
  }));

test('wrong use is refused', async (site) => {
  for (const url of ['no url', 'ftp://127.0.0.1/', '/path']) {
    const error = (await failureOf(request(url))) as NodeJS.ErrnoException;
    assert.is(error.code, 'UND_ERR_INVALID_ARG', url);
  }
  const text = site.url('/text');
  assert.is(
    ((await failureOf(request(text, { method: 'G E T' }))) as NodeJS.ErrnoException).code,
    'UND_ERR_INVALID_ARG',
  );
  assert.instance(await failureOf(request(text, { signal: {} as AbortSignal })), TypeError);
  assert.instance(
    thrownBy(() => request(text, { timeout: -1 })),
    RangeError,
  );
  const { body } = await request(text);
  assert.instance(
    thrownBy(() => body.text({ limit: Number.NaN })),
    RangeError,
  );
  await body.dump();
});

all.run();
