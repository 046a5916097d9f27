import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

const A = 1;
const IN = 1;

/** A DNS server on loopback. It answers every query with the address 192.0.2.1, or not at all. */
export class NameServer {
  private readonly socket: Socket;
  /** How many queries have arrived. */
  queries = 0;
  private readonly silent: boolean;

  private constructor(socket: Socket, silent: boolean) {
    this.socket = socket;
    this.silent = silent;
    socket.on('message', (query, from) => this.answer(query, from));
  }

  static async open(options: { silent: boolean } = { silent: false }): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, options.silent);
  }

  /** Its address, for `setServers()`. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  /** Resolves when this many queries have arrived. */
  async asked(count = 1): Promise<void> {
    while (this.queries < count) await once(this.socket, 'message');
  }

  close(): void {
    this.socket.close();
  }

  private answer(query: Buffer, { port, address }: RemoteInfo): void {
    this.queries += 1;
    if (this.silent) return;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(1, 6);
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(A, 2);
    record.writeUInt16BE(IN, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(4, 10);
    record.set([192, 0, 2, 1], 12);
    this.socket.send(Buffer.concat([header, question, record]), port, address);
  }
}
