/** A fetch in a greenlet gives the same as Node's own outside: answers, and errors by name, code and cause. */
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { getOriginal } from '../../lib/monkey/index.ts';
import { deadPort } from '../support/dead-port.ts';
import { suite } from '../support/harness.ts';
import { visiting } from '../support/patched.ts';
import type { Site } from '../support/site.ts';

const all = suite('fetch, compared with Node’s own');
const test = visiting(all);

type Fetch = typeof fetch;
/** What a case compares of an answer. */
type Seen = unknown;

interface Case {
  name: string;
  run(fetch: Fetch, site: Site): Promise<Seen>;
}

const cases: Case[] = [
  {
    name: 'cookies that are set come one by one, and those that are given are sent',
    async run(fetch, site) {
      const response = await fetch(site.url('/cookies'), { headers: { cookie: 'a=1; b=2' } });
      return [response.headers.getSetCookie(), response.headers.get('set-cookie'), await response.text()];
    },
  },
  {
    name: 'keepalive is accepted',
    async run(fetch, site) {
      const response = await fetch(site.url('/text'), { keepalive: true });
      return [response.status, await response.text()];
    },
  },
  {
    name: 'the facts of an answer',
    async run(fetch, site) {
      const response = await fetch(site.url('/301'));
      const { ok, redirected, status, statusText, type, url, bodyUsed } = response;
      const headers = [...response.headers].filter(([name]) => name !== 'date');
      return [
        ok,
        redirected,
        status,
        statusText,
        type,
        url,
        bodyUsed,
        headers,
        await response.text(),
        response.bodyUsed,
      ];
    },
  },
  {
    name: 'a stream is read by a reader',
    async run(fetch, site) {
      const reader = ((await fetch(site.url('/text'))).body as ReadableStream<Uint8Array>).getReader();
      const { value } = await reader.read();
      return [new TextDecoder().decode(value), (await reader.read()).done];
    },
  },
  {
    name: 'a body stream needs duplex',
    run: (fetch, site) => fetch(site.url('/echo'), { method: 'POST', body: new ReadableStream() }),
  },
  { name: 'a method that cannot be', run: (fetch, site) => fetch(site.url('/text'), { method: 'A B' }) },
  { name: 'a body of a GET', run: (fetch, site) => fetch(site.url('/text'), { body: 'x' }) },
  { name: 'a header that cannot be', run: (fetch, site) => fetch(site.url('/text'), { headers: { 'a b': 'x' } }) },
  { name: 'an address that is none', run: (fetch) => fetch('http://') },
  { name: 'a relative address', run: (fetch) => fetch('/path') },
  { name: 'a scheme that nobody knows', run: (fetch) => fetch('gopher://127.0.0.1/') },
  { name: 'a name and a password', run: (fetch) => fetch('http://name:word@127.0.0.1/') },
  { name: 'a port that is blocked', run: (fetch) => fetch('http://127.0.0.1:25/') },
  { name: 'too many redirects', run: (fetch, site) => fetch(site.url('/loop')) },
  { name: 'a redirect that is an error', run: (fetch, site) => fetch(site.url('/301'), { redirect: 'error' }) },
  { name: 'a connection that is refused', run: async (fetch) => fetch(`http://127.0.0.1:${await deadPort()}/`) },
  { name: 'an answer that is no HTTP', run: (fetch) => withServer('nonsense\r\n\r\n', (url) => fetch(url)) },
  { name: 'an answer that never comes', run: (fetch) => withServer('', (url) => fetch(url)) },
  {
    name: 'chunks that are malformed',
    run: (fetch) => {
      const answer = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello';
      return withServer(answer, async (url) => (await fetch(url)).text());
    },
  },
  {
    name: 'a body that is cut off',
    run: (fetch) => {
      const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello';
      return withServer(answer, async (url) => (await fetch(url)).text());
    },
  },
  {
    name: 'a signal that was aborted with a reason',
    run: (fetch, site) => fetch(site.url('/text'), { signal: AbortSignal.abort(new RangeError('enough')) }),
  },
  {
    name: 'a signal that is aborted before the headers',
    async run(fetch, site) {
      const controller = new AbortController();
      const answer = fetch(site.url('/silent'), { signal: controller.signal });
      await site.arrived('/silent');
      controller.abort();
      return answer;
    },
  },
  {
    name: 'a signal whose time is up',
    run: (fetch, site) => fetch(site.url('/silent'), { signal: AbortSignal.timeout(20) }),
  },
  {
    name: 'JSON that is none',
    run: async (fetch, site) => (await fetch(site.url('/text'))).json(),
  },
  {
    name: 'a body that was read',
    async run(fetch, site) {
      const response = await fetch(site.url('/text'));
      await response.text();
      return response.text();
    },
  },
];

/** In later versions of Node, the parser errors of undici lack the code that they had before. */
const OWN_LOSES_CODES = Number.parseInt(process.versions.undici ?? '0', 10) >= 7;

/** A server that gives every request the same answer and closes the connection. */
async function withServer<T>(answer: string, body: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(answer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await body(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** How a case ended; for an error, the properties that programs use, without port numbers. */
async function outcomeOf(result: Promise<Seen>): Promise<Seen> {
  try {
    return { gave: await result };
  } catch (error) {
    return { threw: describe(error) };
  }
}

function describe(error: unknown): Seen {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  // The message of the cause may differ between versions of undici.
  const type = Object.prototype.toString.call(error);
  // Our message does not repeat credentials.
  const shown = message.replace(/\/\/\w+:\w+@/, '//').replace(/:\d+/, ':port');
  return { type, name, message: shown, code, cause: cause && nameOf(cause) };
}

function nameOf(cause: unknown): Seen {
  const { name, code } = cause as NodeJS.ErrnoException;
  return { name, code: OWN_LOSES_CODES && code?.startsWith('HPE_') ? undefined : code };
}

for (const { name, run } of cases) {
  test(name, async (site) => {
    site.on('/cookies', (request, response) => {
      response.setHeader('set-cookie', ['x=1; Path=/', 'y=2, and more; HttpOnly']);
      response.end(request.headers.cookie);
    });
    site.on('/silent', () => {});
    const original = getOriginal<Fetch>('globalThis', 'fetch');
    const inside: Fetch = (input, init) => (async () => spawn(() => fetch(input, init)))();
    const expected = await outcomeOf(run(original, site));
    const actual = await outcomeOf(run(inside, site));
    assert.equal(actual, expected);
  });
}

all.run();
