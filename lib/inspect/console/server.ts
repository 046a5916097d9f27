import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Shown, TEXT, titled } from '../../greenlet/shown.ts';
import { host as runtime } from '../../hub/loop/host.ts';
import { askAlong, PATIENCE } from '../child-questions.ts';
import { guarded, reportOnce } from '../guarded.ts';
import type { ConsoleServer } from '../serve.ts';
import { startListening } from '../start-listening.ts';
import { Access } from './access.ts';
import { type KillStatus, killById } from './kill.ts';
import { Query } from './query.ts';
import { Streams } from './streams.ts';

/** Where to listen, checked. */
export interface Place {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
}

/** The page is built. The sources, which only tests run, serve the same one. */
const pageUrl = new URL(
  `${import.meta.url.endsWith('.ts') ? '../../../dist/' : '../'}console/index.html`,
  import.meta.url,
);

const headers = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Starts the server. If `signal` is aborted, it leaves none. */
export function listen(place: Place, signal: AbortSignal): Promise<ConsoleServer> {
  const { port, host, token = randomBytes(24).toString('base64url') } = place;
  const access = new Access(token);
  const streams = new Streams();
  const server = createServer((request, response) => {
    guarded(
      () => answer(request, response, access, streams),
      () => response.destroy(),
    );
  });
  // Neither the server nor a page that looks keeps the program alive.
  server.on('connection', (socket) => socket.unref()).unref();
  const close = (): void => {
    streams.close();
    server.close();
    server.closeAllConnections();
  };
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', close);
    if (signal.aborted) return;
    startListening(server, { port, host, exclusive: true }).then(() => {
      // A server that has not begun to listen cannot be closed.
      if (signal.aborted) close();
      else resolve(new Listening(server, token, close));
    }, reject);
  });
}

/** A server that listens. Its line has no token: whoever reads a log must not be able to kill greenlets. */
class Listening extends Shown implements ConsoleServer {
  readonly url: string;
  readonly close: () => void;
  private readonly server: Server;
  private readonly origin: string;

  constructor(server: Server, token: string, close: () => void) {
    super();
    this.server = server;
    this.origin = originOf(server);
    this.url = `http://${this.origin}/?token=${token}`;
    this.close = close;
  }

  /** @internal */
  [TEXT](): string {
    return titled('ConsoleServer', this.server.listening ? `listening at ${this.origin}` : 'closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function originOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function answer(request: IncomingMessage, response: ServerResponse, access: Access, streams: Streams): void {
  const [path = '', search] = (request.url ?? '').split('?', 2);
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const refusal = access.refusal(request, params.get('token') ?? '');
  if (refusal !== null) {
    say(response, refusal.status, refusal.reason);
    return;
  }
  const route = routes.get(path);
  if (route === undefined) say(response, 404, 'there is no such page');
  else if (request.method !== route.method) say(response.setHeader('allow', route.method), 405, `only ${route.method}`);
  else route.answer(response, new Query(params), streams);
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (response: ServerResponse, query: Query, streams: Streams) => void;
}

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', { method: 'GET', answer: sendPage }],
  ['/events', { method: 'GET', answer: (response, query, streams) => streams.open(response, query) }],
  ['/kill', { method: 'POST', answer: kill }],
  ['/measure', { method: 'POST', answer: measure }],
]);

/** The page brings everything with it. It may run its own script, and talk to its own server, only. */
function sendPage(response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64url');
  const page = readFileSync(pageUrl, 'utf8').replaceAll('%NONCE%', nonce);
  const policy =
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  response.setHeader('content-security-policy', policy);
  response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
}

const killAnswers: Readonly<Record<KillStatus, string>> = {
  202: 'it is being killed',
  404: 'there is no such greenlet',
  409: 'main and raw greenlets cannot be killed',
};

function kill(response: ServerResponse, query: Query, streams: Streams): void {
  const id = query.number('id', Number.NaN);
  const tell = (status: KillStatus): void => {
    say(response, status, killAnswers[status]);
    // The greenlet ends in a later turn, because its cleanup runs first.
    if (status === 202) runtime.nextTurn(() => guarded(() => streams.refresh()));
  };
  if (query.path.length === 0) {
    tell(killById(id));
    return;
  }
  askAlong(query.path, { name: 'kill', params: { id } }, PATIENCE)
    .then(({ answer, silent }) => (answer === null ? say(response, 502, silent) : tell(answer)))
    .catch((error) => {
      reportOnce(error);
      response.destroy();
    });
}

function measure(response: ServerResponse, query: Query, streams: Streams): void {
  const isKnown = streams.measure(query.text('tab'), query.text('measure') === 'on');
  if (isKnown) say(response, 202, 'it is done');
  else say(response, 404, 'there is no such open page');
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
