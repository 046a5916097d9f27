import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket as Stream } from 'node:net';
import { setTimeout as later } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { Event } from '../../lib/index.ts';
import { cert, key } from './certificate.ts';

/** What a peer does with a connection after the first bytes have arrived. */
export type Conduct = (stream: Stream, peer: Peer) => void;

/** How long a peer must have no connection to count as deserted, because clients replace an aborted connection. */
const QUIET = 30;

/** A misbehaving server on loopback that records which connections are open. */
export class Peer {
  /** How many bytes of the body the kernel, or Node's buffer of one piece, has taken. */
  sent = 0;
  /** Fulfilled when the first bytes have arrived. */
  readonly begun = new Event();
  private readonly server: Server;
  private readonly streams = new Set<Stream>();

  static async open(conduct: Conduct, { tls = false } = {}): Promise<Peer> {
    // Half-open connections stay half open, as with a peer that has vanished.
    const server = tls ? createTlsServer({ cert, key }) : createServer({ allowHalfOpen: true });
    const peer = new Peer(server);
    server.on(tls ? 'secureConnection' : 'connection', (stream: Stream) => {
      stream.on('error', () => {});
      stream
        .once('data', () => {
          conduct(stream, peer);
          peer.begun.set();
        })
        .on('end', () => stream.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return peer;
  }

  private constructor(server: Server) {
    this.server = server;
    server.on('tlsClientError', () => {});
    server.on('connection', (stream) => {
      this.streams.add(stream);
      stream.on('error', () => {});
      stream.on('close', () => this.streams.delete(stream));
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Waits until no connection is open, and checks that no new one follows. */
  async deserted(): Promise<void> {
    const since = Date.now();
    for (let quiet = 0; quiet < QUIET; quiet += 5) {
      await later(5);
      if (this.streams.size > 0) quiet = 0;
      if (Date.now() - since > 240_000) throw new Error(`after 240 s ${this.streams.size} connections are still open`);
    }
  }

  async close(): Promise<void> {
    for (const stream of this.streams) stream.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
