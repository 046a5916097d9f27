import { type AddressInfo, createConnection, createServer, type Socket as Stream } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { type Attempt, Opening } from './opening.ts';
import { Socket } from './socket.ts';

const HOST = '127.0.0.1';

/**
 * Opens two sockets that are connected to each other over loopback. Use it in tests, and for code that expects a
 * socket.
 *
 * @returns an operation that gives both ends
 * @throws Node's own error if they cannot be connected
 *
 * @example
 * const [left, right] = yield* socketPair();
 * yield* left.sendall('ping\n');
 * console.log(yield* right.readLine());
 */
export function socketPair(): Operation<[Socket, Socket]> {
  return new Pairing();
}

class Pairing extends Opening<[Socket, Socket]> {
  describe(): string {
    return 'a pair of sockets';
  }

  protected open(opened: (pair: [Socket, Socket]) => void, failed: (error: unknown) => void): Attempt {
    const server = createServer({ allowHalfOpen: true });
    const accepted = new Map<number | undefined, Stream>();
    let client: Stream | undefined;
    const discard = (): void => {
      server.close();
      client?.destroy();
      for (const stream of accepted.values()) stream.destroy();
    };
    const fail = (error: unknown): void => {
      discard();
      failed(error);
    };
    const pairUp = (): void => {
      const other = accepted.get(client?.localPort);
      if (client === undefined || client.connecting || other === undefined) return;
      const pair: [Socket, Socket] = [new Socket(client), new Socket(other)];
      client.off('error', fail);
      server.close();
      // Another process may have connected meanwhile.
      for (const stream of accepted.values()) if (stream !== other) stream.destroy();
      opened(pair);
    };
    server
      .on('error', fail)
      .on('connection', (stream) => {
        stream.on('error', () => {});
        if (!server.listening) stream.destroy();
        else {
          accepted.set(stream.remotePort, stream);
          pairUp();
        }
      })
      .listen(0, HOST, () => {
        const { port } = server.address() as AddressInfo;
        client = createConnection({ port, host: HOST, allowHalfOpen: true }, pairUp).on('error', fail);
      });
    return { discard };
  }
}
