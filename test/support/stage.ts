import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Event } from '../../lib/index.ts';

/** Longer than anything on loopback takes, also on a loaded machine. */
const LIMIT = 60_000;

type LookUp = (name: string, options: object, callback: (error: null, address: string, family: number) => void) => void;

/** Where a call is held up in one of its phases, and what tells that nothing of it is left. */
export interface Stage {
  readonly port: number;
  readonly host: string;
  readonly secure: boolean;
  /** A proxy on the way there. */
  readonly proxy?: string;
  readonly lookup?: LookUp;
  /** Waits until a call has come into its phase. */
  reached(): Promise<unknown>;
  /** Waits until nothing is left. */
  freed(): Promise<void>;
  close(): Promise<void>;
}

/** What a peer does with a connection. It says `reached` when the call is where it is to be given up. */
export type Conduct = (socket: Socket, reached: () => void) => void;

/** A peer that tells when its connections are closed. */
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

/** A name server that does not answer until the call was given up. A connection that is made even so is seen. */
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
      // Node gives a request its socket in the next tick, and ends that if the request is over by then.
      await turn();
      answer();
      // A connection of the call's would have been begun by now, and so come before this one.
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

/** A process that listens and does not accept. */
const DEAF = `
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, server.address().port + '\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

/** A host that does not answer a connection attempt: its line of those to be accepted is full. Linux drops the rest. */
export async function unansweredConnect({ secure = false } = {}): Promise<Stage> {
  const child: ChildProcess = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const port = Number(line);
  // One more than its backlog is taken.
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

/** Fulfilled once something has happened since the last time. */
async function happened(event: Event): Promise<void> {
  await event.wait();
  event.clear();
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
