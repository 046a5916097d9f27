import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, type RequestOptions, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createConnection, createServer } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { ProxyAgent, request as undiciRequest } from 'undici';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cert, key } from '../net/certificate.ts';
import { lines, listeningPort, loopback, type Program, refusing, run, serve, start } from './program.ts';

const test = suite('example web-proxy');

/** Runs a body with a proxy. Afterwards the proxy must end on Ctrl-C without output. */
async function proxied(
  body: (port: number, program: Program) => Promise<void>,
  program = start('web-proxy', '0'),
): Promise<void> {
  try {
    await body(await listeningPort(program), program);
  } finally {
    program.interrupt();
  }
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
}

/** Begins a request with a complete URL, as clients of a proxy do. */
function begin(port: number, path: string, options: RequestOptions = {}) {
  const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options });
  const answered = once(sent, 'response').then(([response]) => response as IncomingMessage);
  return { sent, answered };
}

async function get(port: number, path: string, options: RequestOptions = {}) {
  const { sent, answered } = begin(port, path, options);
  sent.end();
  const response = await answered;
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test('without a port it runs a demonstration and ends', async () => {
  const { code, stdout, stderr } = await run('web-proxy');
  const answers = lines(stdout).filter((line) => line.startsWith('answer'));
  assert.equal(answers, ['answer through the proxy: POST / HELLO', 'answer through the tunnel: POST / HELLO']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('a request is passed on unchanged, except for headers meant for the proxy', async () => {
  await using site = await serve((request, response) => {
    response.setHeader('connection', 'x-own, keep-alive');
    response.setHeader('x-own', 'for the proxy');
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.writeHead(404, 'Not Here', { 'x-kept': 'yes' });
    response.end(JSON.stringify({ url: request.url, method: request.method, headers: request.headers }));
  });
  await proxied(async (port, program) => {
    const headers = {
      connection: 'x-mine',
      'x-mine': 'for the proxy',
      'proxy-connection': 'keep-alive',
      'proxy-authorization': 'Basic c2VjcmV0',
      te: 'trailers',
      'x-twice': ['1', '2'],
      host: 'not.the.host.invalid',
    };
    const {
      status,
      headers: answered,
      body,
    } = await get(port, `${site.origin}/path?a=b`, { method: 'DELETE', headers });
    const seen = JSON.parse(body);
    assert.equal([seen.method, seen.url], ['DELETE', '/path?a=b']);
    assert.equal(seen.headers, {
      host: new URL(site.origin).host,
      connection: 'keep-alive',
      'x-twice': '1, 2',
      via: '1.1 web-proxy',
    });
    assert.is(status, 404);
    assert.equal([answered['x-kept'], answered['x-own'], answered.via], ['yes', undefined, '1.1 web-proxy']);
    assert.equal(answered['set-cookie'], ['a=1', 'b=2']);
    await program.printed(`DELETE ${site.origin}/path?a=b: 404\n`);
  });
});

test('bodies are handed on as they come, in both directions', async () => {
  await using site = await serve((request, response) => request.pipe(response));
  await proxied(async (port) => {
    const { sent, answered } = begin(port, site.origin, { method: 'POST' });
    sent.write('first');
    const response = await answered;
    const [first] = await once(response, 'data');
    assert.is(String(first), 'first');
    sent.end(' and last');
    assert.is(await text(response), ' and last');
  });
});

test('large ones arrive byte for byte', async () => {
  const bytes = randomBytes(30_000_000);
  const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  await using site = await serve(async (request, response) => {
    response.setHeader('x-received', digest(await buffer(request)));
    response.end(bytes);
  });
  await proxied(async (port) => {
    const { sent, answered } = begin(port, site.origin, { method: 'PUT', headers: { 'content-length': bytes.length } });
    sent.end(bytes);
    const response = await answered;
    assert.is(response.headers['x-received'], digest(bytes));
    assert.is(digest(await buffer(response)), digest(bytes));
  });
});

test('an answer without a body has none', async () => {
  await using site = await serve(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(200, { 'content-length': 1_000 }).end();
    else response.writeHead(304, { etag: '"1"' }).end();
  });
  await proxied(async (port) => {
    const head = await get(port, site.origin, { method: 'HEAD' });
    assert.equal([head.status, head.headers['content-length'], head.body], [200, '1000', '']);
    const unchanged = await get(port, site.origin);
    assert.equal([unchanged.status, unchanged.headers.etag, unchanged.body], [304, '"1"', '']);
  });
});

test('an unreachable host gives 502, and an invalid URL 400', () =>
  proxied(async (port) => {
    const refused = await get(port, `${await refusing()}/`);
    assert.is(refused.status, 502);
    assert.match(refused.body, 'ECONNREFUSED');
    assert.is((await get(port, 'http://no-such-host.invalid/')).status, 502);
    const own = await get(port, '/index.html');
    assert.equal([own.status, own.body], [400, 'this is a proxy: ask it for http://…\n']);
  }));

test('a host that does not answer in time gives 504', async () => {
  await using site = await serve(() => {});
  const impatient = start('web-proxy', '0', '--timeout', '500');
  await proxied(async (port) => assert.is((await get(port, site.origin)).status, 504), impatient);
});

test('an answer that breaks off is cut off for the client too', async () => {
  await using site = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('a part of it', () => response.destroy());
  });
  await proxied(async (port) => {
    const { sent, answered } = begin(port, site.origin);
    sent.end();
    const error = await text(await answered).catch((error) => error.code);
    assert.is(error, 'ECONNRESET');
  });
});

test('a client that goes away ends its request', async () => {
  let aborted: Promise<unknown> | undefined;
  let begun: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  await using site = await serve((_, response) => {
    aborted = once(response, 'close');
    begun?.();
  });
  await proxied(async (port) => {
    const { sent, answered } = begin(port, site.origin);
    sent.end();
    await asked;
    sent.destroy();
    await answered.catch(() => {});
    await aborted;
  });
});

/** An HTTPS site, and a function that connects a real client to it through the proxy. */
async function secureSite(answer: RequestListener) {
  const server = createHttpsServer({ cert, key }, answer);
  const port = await loopback(server);
  return {
    url: `https://localhost:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('https:// goes through a tunnel', async () => {
  const site = await secureSite(async (request, response) => response.end(`${request.method} ${await text(request)}`));
  await proxied(async (port, program) => {
    const dispatcher = new ProxyAgent({
      uri: `http://127.0.0.1:${port}`,
      requestTls: { ca: cert, servername: 'greenhub.test' },
    });
    const { statusCode, body } = await undiciRequest(site.url, { method: 'POST', body: 'secret', dispatcher });
    assert.equal([statusCode, await body.text()], [200, 'POST secret']);
    await dispatcher.close();
    await program.printed(`CONNECT ${new URL(site.url).host}: `);
  });
  site.close();
});

/** Sends a CONNECT. Returns the connection and the answer. */
async function connectThrough(port: number, target: string) {
  const { sent } = begin(port, target, { method: 'CONNECT' });
  sent.end();
  const [response, socket] = await once(sent, 'connect');
  return { status: (response as IncomingMessage).statusCode, socket };
}

test('a tunnel hands on the end of either direction', async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => socket.write(`echo ${data}`)).on('end', () => socket.end(' and the end'));
  });
  const target = `127.0.0.1:${await loopback(server)}`;
  await proxied(async (port) => {
    const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
    // Sent together with the request, it must not be lost.
    socket.end(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\nhello`);
    assert.is(await text(socket), 'HTTP/1.1 200 Connection Established\r\n\r\necho hello and the end');
  });
  server.close();
});

test('a tunnel to a closed port or an unknown host is refused', async () => {
  const { host } = new URL(await refusing());
  await proxied(async (port) => {
    assert.is((await connectThrough(port, host)).status, 502);
    assert.is((await connectThrough(port, 'nowhere')).status, 400);
  });
});

test('Ctrl-C ends tunnels too', async () => {
  const server = createServer((socket) => void socket.on('error', () => {}));
  const target = `127.0.0.1:${await loopback(server)}`;
  let ended: Promise<unknown> | undefined;
  await proxied(async (port) => {
    const { status, socket } = await connectThrough(port, target);
    assert.is(status, 200);
    ended = once(socket.on('error', () => {}).resume(), 'close');
  });
  await ended;
  server.close();
});

test.run();
