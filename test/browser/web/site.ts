/** The page for the tests of `greenhub/web`, and the server that it talks to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { bundle } from '../../../examples/web/bundle.ts';

export class WebSite {
  readonly url: string;
  private readonly server: Server;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (names) => [...names].at(-1) ?? false,
  });
  /** The paths that were asked for, and who waits for one. */
  private readonly paths = new Set<string>();
  private waiting: { path: string; answer: () => void }[] = [];
  private stalled: Socket | null = null;

  private constructor(server: Server, program: string) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response, program).catch((error) => response.destroy(error));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  static async open(): Promise<WebSite> {
    const program = await bundle(join(import.meta.dirname, 'program.ts'));
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new WebSite(server, program);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    for (const client of this.sockets.clients) client.terminate();
  }

  private async answer(request: IncomingMessage, response: ServerResponse, program: string): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    this.note(request.url ?? '');
    switch (pathname) {
      case '/':
        response.setHeader('Content-Type', 'text/html');
        response.end(
          '<!doctype html><title>greenhub</title><link rel=icon href=data:,><script type=module src=/program.js></script>',
        );
        break;
      case '/program.js':
        response.setHeader('Content-Type', 'text/javascript');
        response.end(program);
        break;
      case '/echo':
        response.end(await text(request));
        break;
      case '/half':
        // Otherwise Chromium waits for more of the body, to guess its type.
        response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' });
        response.write('half');
        break;
      case '/arrived':
        this.whenArrived(searchParams.get('path') ?? '', () => response.end());
        break;
      case '/stalled':
        this.whenArrived('/stalled', () => response.end());
        break;
      case '/resume':
        this.stalled?.resume();
        response.end();
        break;
      default:
        // Never answered.
        break;
    }
  }

  private note(path: string): void {
    this.paths.add(path);
    const ready = this.waiting.filter((waiter) => waiter.path === path);
    this.waiting = this.waiting.filter((waiter) => waiter.path !== path);
    for (const { answer } of ready) answer();
  }

  private whenArrived(path: string, answer: () => void): void {
    if (this.paths.has(path)) answer();
    else this.waiting.push({ path, answer });
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = request.url ?? '';
    this.note(path);
    if (path === '/refused') socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else if (path !== '/silent')
      this.sockets.handleUpgrade(request, socket, head, (client) => this.serve(path, client, socket));
  }

  private serve(path: string, client: WebSocket, socket: Socket): void {
    if (path === '/stalled') {
      this.stalled = socket;
      socket.pause();
    }
    client.on('message', (data, isBinary) => {
      if (path !== '/echo') return;
      if (String(data) === 'close me') client.close(4_000, 'as asked');
      else client.send(data, { binary: isBinary });
    });
  }
}
