/** A server sees the same bytes whether or not a fetch is made in a greenlet. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { getOriginal } from '../../lib/monkey/index.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';
import { undici } from '../support/undici.ts';

const test = suite('fetch, on the wire');

type Fetch = typeof fetch;
type Init = NonNullable<Parameters<Fetch>[1]>;

const CASES: [string, (fetch: Fetch, url: string) => Promise<Response>][] = [
  ['a GET', (fetch, url) => fetch(url)],
  ['a GET of a URL object', (fetch, url) => fetch(new URL(url))],
  ['a HEAD', (fetch, url) => fetch(url, { method: 'HEAD' })],
  ['a method in lower case', (fetch, url) => fetch(url, { method: 'delete' })],
  [
    'headers of all kinds of case',
    (fetch, url) => fetch(url, { headers: { 'X-Upper': '1', 'x-lower': '2', 'User-Agent': 'mine', ACCEPT: 'text/*' } }),
  ],
  [
    'headers as pairs',
    (fetch, url) =>
      fetch(url, {
        headers: [
          ['B', '1'],
          ['A', '2'],
          ['b', '3'],
        ],
      }),
  ],
  ['Headers', (fetch, url) => fetch(url, { headers: new Headers({ 'X-B': '1', 'x-a': '2' }) })],
  ['a text', (fetch, url) => fetch(url, { method: 'POST', body: 'häl' })],
  ['an empty text', (fetch, url) => fetch(url, { method: 'POST', body: '' })],
  ['no body of a POST', (fetch, url) => fetch(url, { method: 'POST' })],
  ['bytes', (fetch, url) => fetch(url, { method: 'PUT', body: new Uint8Array([1, 2, 3]) })],
  ['parameters', (fetch, url) => fetch(url, { method: 'POST', body: new URLSearchParams({ a: '1', b: 'ü' }) })],
  ['a Blob', (fetch, url) => fetch(url, { method: 'POST', body: new Blob(['x'], { type: 'text/x' }) })],
  ['a form', (fetch, url) => fetch(url, { method: 'POST', body: form(FormData) })],
  ['a form of another undici', (fetch, url) => fetch(url, { method: 'POST', body: form(undici.FormData as never) })],
  [
    'a length of the program’s own',
    (fetch, url) => fetch(url, { method: 'POST', body: 'abc', headers: { 'Content-Length': '3' } }),
  ],
  [
    'a stream',
    (fetch, url) => fetch(url, { method: 'POST', body: new Blob(['streamed']).stream(), duplex: 'half' } as Init),
  ],
  ['a Request', (fetch, url) => fetch(new Request(url, { method: 'POST', body: 'abc', headers: { 'X-A': '1' } }))],
  [
    'a Request with a referrer',
    (fetch, url) => fetch(new Request(url, { referrer: `${url}page`, referrerPolicy: 'unsafe-url' })),
  ],
  [
    'a Request with a referrer, beside options',
    (fetch, url) => fetch(new Request(url, { referrer: url }), { method: 'PUT' }),
  ],
  ['a text that is an object', (fetch, url) => fetch(url, { method: 'POST', body: Object('häl') as string })],
  ['a body that can be iterated over', (fetch, url) => fetch(url, { method: 'POST', body: new Set([1]) as never })],
  ['a Request for options', (fetch, url) => fetch(url, new Request(url, { method: 'PUT', headers: { 'X-A': '1' } }))],
  ['options that are inherited', (fetch, url) => fetch(url, Object.create({ method: 'PATCH', body: 'abc' }))],
  ['a redirect', (fetch, url) => fetch(`${url}302`)],
  ['a redirect that keeps the body', (fetch, url) => fetch(`${url}307`, { method: 'POST', body: 'abc' })],
  ['a signal', (fetch, url) => fetch(url, { signal: new AbortController().signal })],
  [
    'keepalive, mode and cache',
    (fetch, url) => fetch(url, { keepalive: true, mode: 'no-cors', cache: 'no-store' } as Init),
  ],
  ['a referrer', (fetch, url) => fetch(url, { referrer: 'about:client', referrerPolicy: 'origin' })],
];

function form(Class: typeof FormData): FormData {
  const made = new Class();
  made.append('field', 'value');
  made.append('file', new Blob(['contents'], { type: 'text/plain' }), 'name.txt');
  return made;
}

interface Listening {
  url: string;
  /** Removes and returns everything that has arrived so far, with the number of its connection. */
  seen(): string;
  close(): Promise<void>;
}

/** A server that records what it is sent, and answers every complete request. */
async function listen(): Promise<Listening> {
  let text = '';
  const sockets = new Set<import('node:net').Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let request = '';
    socket.on('error', () => {}).setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      request += chunk;
      if (!isComplete(request)) return;
      const [, code] = /^\S+ \/(30.)/.exec(request) ?? [];
      request = '';
      const status = code === undefined ? '200 OK' : `${code} Found\r\nlocation: /`;
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen() {
      const all = text.replaceAll(/(-+form\w*-undici-)\d+/g, '$1').replaceAll(/(-+formdata-)\w+/g, '$1');
      text = '';
      return all;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function isComplete(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  if (end < 0) return false;
  if (/^transfer-encoding: chunked\r$/im.test(request)) return request.endsWith('\r\n0\r\n\r\n');
  const [, length = '0'] = /^content-length: (\d+)\r$/im.exec(request) ?? [];
  return request.length >= end + 4 + Number(length);
}

for (const [name, run] of CASES) {
  test(`${name} is the same request inside greenlets as outside, patched or not`, async () => {
    const server = await listen();
    /** What a server sees of a request; for a failing request, its error. */
    const seenOf = async (fetch: Fetch): Promise<string> => {
      const outcome = await run(fetch, server.url).then(
        async (response) => `${response.status} ${response.url} ${await response.text()}`,
        (error: Error) => `${error.name}: ${error.message}`,
      );
      return `${outcome}\n${server.seen()}`;
    };

    try {
      const bare = await seenOf(fetch);
      await whilePatched(async () => {
        const inside: Fetch = async (input, init) => spawn(() => fetch(input, init));
        assert.is(await seenOf(getOriginal('globalThis', 'fetch')), bare);
        assert.is(await seenOf(fetch), bare);
        assert.is(await seenOf(inside), bare);
      });
    } finally {
      await server.close();
    }
  });
}

test.run();
