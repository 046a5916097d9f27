import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Event } from '../../lib/index.ts';

/** Longer than anything on loopback takes, even on a busy machine. */
const LIMIT = 240_000;

type LookUp = (name: string, options: object, callback: (error: null, address: string, family: number) => void) => void;

/** Holds a call in one of its phases, and can tell when nothing of it is left. */
export interface Stage {
  readonly port: number;
  readonly host: string;
  readonly secure: boolean;
  /** A proxy on the way to the peer. */
  readonly proxy?: string;
  readonly lookup?: LookUp;
  /** Waits until a call has reached its phase. */
  reached(): Promise<unknown>;
  /** Waits until nothing is left. */
  freed(): Promise<void>;
  close(): Promise<void>;
}

/** What a peer does with a connection. It calls `reached` when the call has reached its phase. */
export type Conduct = (socket: Socket, reached: () => void) => void;

/** A peer that reports when its connections are closed. */
export async function peer(conduct: Conduct, { secure = false, viaProxy = false } = {}): Promise<Stage> {
  const reached = new Event();
  const sockets = new Set<Socket>();
  let changed = (): void => {};
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket);
        changed();
      });
    conduct(socket, () => reached.set());
  });
  const port = await listening(server);
  return {
    port: viaProxy ? 443 : port,
    host: viaProxy ? 'site.test' : '127.0.0.1',
    secure: secure || viaProxy,
    ...(viaProxy ? { proxy: `http://127.0.0.1:${port}` } : {}),
    reached: () => happened(reached),
    freed() {
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`${sockets.size} connections are still open`)), LIMIT);
        changed = () => {
          if (sockets.size > 0) return;
          clearTimeout(limit);
          reached.clear();
          resolve();
        };
        changed();
      });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** A name server that does not answer until the call was given up. It detects a connection that is made even so. */
export async function unansweredLookUp({ secure = false } = {}): Promise<Stage> {
  const reached = new Event();
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  const port = await listening(server);
  let answer = (): void => {};
  return {
    port,
    host: 'site.test',
    secure,
    reached: () => happened(reached),
    lookup(_name, options, callback) {
      const all = (options as { all?: boolean }).all === true;
      const give = callback as (...args: unknown[]) => void;
      answer = () => (all ? give(null, [{ address: '127.0.0.1', family: 4 }]) : give(null, '127.0.0.1', 4));
      reached.set();
    },
    async freed() {
      // Node gives a request its socket in the next tick, and closes the socket if the request has ended by then.
      await turn();
      answer();
      // A connection of the call would have begun by now, and so would arrive before this one.
      const connection = once(server, 'connection');
      const control = connect(port, '127.0.0.1').on('error', () => {});
      await once(control, 'connect');
      const [first] = (await connection) as [Socket];
      if (first.remotePort !== control.localPort) throw new Error('it has connected even so');
      control.destroy();
      await once(first, 'close');
    },
    close: async () => void (await once(server.close(), 'close')),
  };
}

/** A process that listens but does not accept. */
const DEAF = `
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, server.address().port + '\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

/** A host that does not answer a connection attempt, because its backlog is full. Linux drops further attempts. */
export async function unansweredConnect({ secure = false } = {}): Promise<Stage> {
  const child: ChildProcess = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const port = Number(line);
  // Linux takes one connection more than the backlog.
  const fillers = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(
    fillers.map((filler) =>
      once(
        filler.on('error', () => {}),
        'connect',
      ),
    ),
  );
  const before = sockets();
  const until = async (isReached: () => boolean): Promise<void> => {
    const since = Date.now();
    while (!isReached()) {
      if (Date.now() - since > LIMIT) throw new Error(`${sockets() - before} connections are being made`);
      await turn();
    }
  };
  return {
    port,
    host: '127.0.0.1',
    secure,
    reached: () => until(() => sockets() > before),
    freed: () => until(() => sockets() === before),
    async close() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** How many TCP sockets this process has. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Fulfilled once something has happened since the last call. */
async function happened(event: Event): Promise<void> {
  await event.wait();
  event.clear();
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
