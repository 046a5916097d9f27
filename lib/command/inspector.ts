import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How long to wait for the inspector to open or to close, in milliseconds. */
const PATIENCE = 5_000;
/** How often to look whether it has opened, in milliseconds. */
const INTERVAL = 20;

/** The connection to the inspector of a program on this machine. */
export class Inspector {
  private readonly socket: WebSocketLike;
  private readonly port: number;
  private readonly asked = new Map<number, (result: Evaluated) => void>();

  private constructor(socket: WebSocketLike, port: number) {
    this.socket = socket;
    this.port = port;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data));
      this.asked.get(id)?.(result);
    });
  }

  /** Waits until an inspector opens at this port, and connects to it. Null if none does. */
  static async at(port: number): Promise<Inspector | null> {
    const url = await targetAt(port);
    if (url === null) return null;
    const { WebSocket } = await import('undici');
    const socket: WebSocketLike = new WebSocket(url);
    const isOpen = await new Promise<boolean>((settle) => {
      socket.addEventListener('open', () => settle(true));
      socket.addEventListener('error', () => settle(false));
    });
    return isOpen ? new Inspector(socket, port) : null;
  }

  /**
   * Evaluates an expression in the program, and waits for its promise.
   *
   * @returns what JSON can show of the result; undefined if the program does not answer in time
   */
  async evaluate(expression: string, patience = PATIENCE): Promise<unknown> {
    const id = this.asked.size + 1;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const answer = new Promise<Evaluated>((settle) => this.asked.set(id, settle));
    this.socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    return (await orNothing(answer, patience))?.result?.value;
  }

  /**
   * Leaves, and has the program close its inspector. If the program is busy, that happens later.
   *
   * Node crashes (in `WsHandler::OnCloseFrameWritten`) if its inspector closes while a connection to it is closing. So the program
   * waits for a knock at another port, which comes when this connection has closed.
   */
  async close(): Promise<void> {
    const port = await this.evaluate(CLOSE_AT_KNOCK);
    await this.leave();
    if (typeof port !== 'number') return;
    await isListening(port);
    for (const start = performance.now(); performance.now() - start < PATIENCE; await wait(INTERVAL)) {
      if (!(await isListening(this.port))) return;
    }
  }

  private async leave(): Promise<void> {
    const left = new Promise<void>((settle) => this.socket.addEventListener('close', () => settle()));
    this.socket.close();
    await orNothing(left, PATIENCE);
  }
}

/** Evaluated in the program: closes its inspector when somebody connects to the port that this returns, or when nobody comes. */
const CLOSE_AT_KNOCK = `(async () => {
  const { createServer } = process.getBuiltinModule('node:net');
  const { setTimeout, clearTimeout } = process.getBuiltinModule('node:timers');
  const close = () => {
    clearTimeout(limit);
    server.close();
    process.getBuiltinModule('node:inspector').close();
  };
  const limit = setTimeout(close, ${2 * PATIENCE}).unref();
  const server = createServer((socket) => { socket.destroy(); close(); });
  await new Promise((settle) => server.listen(0, '127.0.0.1', settle).unref());
  return server.address().port;
})()`;

interface Evaluated {
  readonly result?: { readonly value?: unknown };
}

/** What we use of a `WebSocket`. Older versions of Node have none, and so have no types for it. */
interface WebSocketLike {
  addEventListener(name: 'open' | 'close' | 'error' | 'message', listener: (event: { data?: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}

/** Whether something listens at a port of the loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}

async function targetAt(port: number): Promise<string | null> {
  for (const start = performance.now(); performance.now() - start < PATIENCE; await wait(INTERVAL)) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await response.json()) as { webSocketDebuggerUrl?: string }[];
      return target?.webSocketDebuggerUrl ?? null;
    } catch {
      // It is not open yet.
    }
  }
  return null;
}

async function orNothing<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([promise, wait(ms, undefined, { signal }).catch(() => undefined)]);
  } finally {
    stop.abort();
  }
}
