// An HTTP/1.1 proxy. It forwards http:// requests, and tunnels https:// connections (CONNECT) without seeing their
// content. It streams bodies in both directions at the pace of the slower side. It answers 502 if a server cannot be
// reached, and 504 if it does not answer in time. If a client disconnects, its request is aborted. Ctrl-C ends the
// proxy.
// Run: npm run example web-proxy -- 8080, and then: curl -x http://127.0.0.1:8080 http://one.example/
// Without a port: a demonstration on loopback, which ends.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { forEach, GreenletExit, Group, run, Timeout } from 'greenhub';
import {
  request as ask,
  connect,
  type HttpResponse,
  HttpServer,
  type HttpServerRequest,
  type HttpServerResponse,
  type RequestOptions,
  Socket,
} from 'greenhub/net';
import { ProxyAgent } from 'undici';
import { onlyPort, readArguments, wholeNumber } from './support/arguments.ts';
import { listening } from './support/listening.ts';
import { relay } from './support/relay.ts';
import { codeOf, why } from './support/why.ts';

/** Headers about one connection and not about the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP =
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade';

const { port, timeout } = commandLine();
const tunnels = new Group();
const proxy = new HttpServer({ port: port ?? 0, host: '127.0.0.1' }, forward, { pool: 1_000 });
proxy.server.on('connect', ({ url = '' }: IncomingMessage, stream: Duplex, head: Buffer) => {
  tunnels.spawn(tunnel, url, new Socket(stream as Socket['stream']), head);
});

run(function* main() {
  yield* listening(proxy.start(), port ?? 0);
  console.log(`listening on 127.0.0.1, port ${proxy.port}`);
  try {
    if (port === undefined) yield* demonstrate();
    else yield* proxy.serveForever({ stopTimeout: 0 });
  } finally {
    tunnels.kill();
  }
});

function* forward(request: HttpServerRequest, response: HttpServerResponse) {
  const { method = 'GET', url = '' } = request;
  try {
    if (!/^http:\/\//i.test(url)) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('this is a proxy: ask it for http://…\n');
    } else {
      const answer = yield* ask(url, {
        method: method as RequestOptions['method'],
        headers: [...endToEnd(request.rawHeaders, ['host', 'expect']), 'via', '1.1 web-proxy'],
        body: hasBody(request) ? request : null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      yield* handOn(answer, response);
    }
    console.log(`${method} ${url}: ${response.statusCode}`);
  } catch (error) {
    if (error instanceof GreenletExit) throw error; // the client has disconnected, or Ctrl-C
    console.log(`${method} ${url}: ${why(error)}`);
    if (response.headersSent)
      response.destroy(); // cut the connection, so the response does not look complete
    else response.writeHead(statusOf(error), { 'content-type': 'text/plain' }).end(`${why(error)}\n`);
  }
}

function hasBody({ headers }: HttpServerRequest) {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

function* handOn(answer: HttpResponse, response: HttpServerResponse) {
  using body = answer.body;
  const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((v) => [name, v]),
  );
  response.writeHead(answer.statusCode, answer.statusText, [...endToEnd(headers), 'via', '1.1 web-proxy']);
  response.flushHeaders();
  yield* forEach(body, (piece) => response.sendall(piece));
}

/** The headers as a list of names and values, without the hop-by-hop headers and those listed in `Connection`. */
function endToEnd(headers: string[], others: string[] = []) {
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1]!] as const] : []));
  const listed = pairs.flatMap(([name, value]) => (name === 'connection' ? value.toLowerCase().split(/\s*,\s*/) : []));
  const dropped = new Set([...HOP_BY_HOP.split(' '), ...others, ...listed]);
  return pairs.filter(([name]) => !dropped.has(name)).flat();
}

function* tunnel(target: string, client: Socket, head: Buffer) {
  using _closed = client;
  let isThere = false;
  try {
    const [, host, port] = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(target) ?? [];
    if (host === undefined) {
      yield* client.sendall('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      return;
    }
    using upstream = yield* connect(Number(port), host, { timeout });
    yield* client.sendall('HTTP/1.1 200 Connection Established\r\n\r\n');
    isThere = true;
    if (head.length > 0) yield* upstream.sendall(head);
    const { up, down } = yield* relay(client, upstream);
    console.log(`CONNECT ${target}: ${up} bytes sent, ${down} bytes received`);
  } catch (error) {
    if (error instanceof GreenletExit) throw error;
    console.log(`CONNECT ${target}: ${why(error)}`);
    if (isThere || client.closed) return;
    const status = statusOf(error) === 504 ? '504 Gateway Timeout' : '502 Bad Gateway';
    yield* client.sendall(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${why(error)}\n`);
  }
}

function statusOf(error: unknown) {
  return error instanceof Timeout || /TIMEOUT|TIMEDOUT/.test(codeOf(error) ?? '') ? 504 : 502;
}

function* demonstrate() {
  const site = new HttpServer({ port: 0, host: '127.0.0.1' }, function* shout(request, response) {
    yield* response.sendall(`${request.method} ${request.url} ${(yield* request.text()).toUpperCase()}\n`);
  });
  yield* site.start();
  for (const proxyTunnel of [false, true]) {
    const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, proxyTunnel });
    const answer = yield* ask(`http://127.0.0.1:${site.port}/`, { method: 'POST', body: 'hello', dispatcher });
    console.log(
      `answer ${proxyTunnel ? 'through the tunnel' : 'through the proxy'}: ${(yield* answer.body.text()).trim()}`,
    );
    dispatcher.destroy();
  }
  yield* site.stop({ timeout: 0 });
  yield* proxy.stop({ timeout: 0 });
}

function commandLine() {
  const usage = `Usage: npm run example web-proxy -- [port] [options]
  port            where to listen, on 127.0.0.1; 0 for a free port (without a port: a demonstration, which ends)
  --timeout <ms>  limit for the connect, for the headers, and between two chunks (30000)`;
  const options = { timeout: { type: 'string', default: '30000' } } as const;
  const { values, positionals } = readArguments({ options, allowPositionals: true }, usage);
  return {
    port: onlyPort(positionals, usage),
    timeout: wholeNumber('--timeout', values.timeout, usage),
  };
}
