import { all, type Coroutine, GreenletExit } from 'greenhub';
import { connect, PrematureEndError, type Socket, SocketClosedError } from 'greenhub/net';
import type { Random } from 'greenhub/testing';

const SMALLEST = 1;
const LARGEST = 256 * 1024;
/** The maximum number of exchanges before a client closes its connection and opens another. */
const MOST_EXCHANGES = 20;

/** The totals of all clients. */
export class Tally {
  connections = 0;
  replies = 0;
  bytes = 0;
  /** Replies that differ from the data sent. */
  wrong = 0;
  /** Killed clients. */
  killed = 0;
  /** Connections that ended early, for example because their handler was killed. */
  broken = 0;
  /** Other failures of clients. */
  readonly failures: unknown[] = [];

  /** Records how a client ended; null means normally. */
  ended(error: unknown): void {
    if (error instanceof GreenletExit) this.killed += 1;
    else if (isBroken(error)) this.broken += 1;
    else if (error !== null) this.failures.push(error);
  }
}

/** Sends bytes and waits for their echo. Returns the echo, or null if the server ends the connection. */
type Exchange = (socket: Socket, data: Buffer) => Coroutine<Buffer | null>;

/** Creates clients that send random bytes and check that the echo is the same. */
export class Clients {
  /** True when the running clients should end. */
  stopping = false;
  readonly tally = new Tally();
  private readonly random: Random;
  /** The data to send is a part of this. */
  private readonly source: Buffer;

  constructor(random: Random) {
    this.random = random;
    this.source = Buffer.alloc(4 * LARGEST);
    for (let at = 0; at < this.source.length; at += 4) this.source.writeUInt32LE(random.int(0, 2 ** 32 - 1), at);
  }

  *visit(port: number, exchange: Exchange): Coroutine<void> {
    const { random, tally } = this;
    using socket = yield* connect(port, '127.0.0.1');
    tally.connections += 1;
    for (let left = random.int(1, MOST_EXCHANGES); left > 0 && !this.stopping; left -= 1) {
      const data = this.cut();
      const reply = yield* exchange(socket, data);
      if (reply === null) {
        tally.broken += 1;
        return;
      }
      if (reply.equals(data)) tally.replies += 1;
      else tally.wrong += 1;
      tally.bytes += reply.length;
    }
  }

  /** Random length; small and large lengths are equally likely. */
  private cut(): Buffer {
    const { random, source } = this;
    const length = Math.round(SMALLEST * (LARGEST / SMALLEST) ** (random.int(0, 1_000_000) / 1_000_000));
    const start = random.int(0, source.length - length);
    return source.subarray(start, start + length);
  }
}

/** Over a connection to an echo server. It reads while it sends, because the server accepts no more than it can send back. */
export function* exchangeEcho(socket: Socket, data: Buffer): Coroutine<Buffer> {
  const [, reply] = yield* all([socket.sendall(data), socket.recvExactly(data.length)]);
  return reply;
}

/** As the body of a request and its response. */
export function* exchangeHttp(socket: Socket, data: Buffer): Coroutine<Buffer | null> {
  const head = `POST / HTTP/1.1\r\nhost: soak\r\ncontent-length: ${data.length}\r\n\r\n`;
  yield* socket.sendall(Buffer.concat([Buffer.from(head), data]));
  const answer = String(yield* socket.readUntil('\r\n\r\n'));
  // The response if the handler was killed.
  if (answer.startsWith('HTTP/1.1 503 ')) return null;
  const length = /^content-length: (\d+)\r$/im.exec(answer)?.[1];
  if (!answer.startsWith('HTTP/1.1 200 ') || length === undefined) throw new Error(`unexpected response: ${answer}`);
  return yield* socket.recvExactly(Number(length));
}

function isBroken(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    error instanceof PrematureEndError ||
    error instanceof SocketClosedError
  );
}
