import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { actionOf } from '../hub/parking/action.ts';
import { sleep } from '../hub/parking/sleep.ts';
import type { Iteration } from '../hub/tasks/iteration.ts';
import { nameOf } from '../sync/named.ts';
import { WebSocketClosedError } from './errors.ts';
import { Inbox } from './inbox.ts';
import { listen, listenAll, type Target } from './target.ts';

/** What a message may be: text, bytes, or a `Blob`. */
export type OutgoingMessage =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | { readonly size: number; arrayBuffer(): Promise<ArrayBuffer> };

/** The part of the host's `WebSocket` that we use. */
interface Native extends Target {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  readonly readyState: number;
  send(data: OutgoingMessage): void;
  close(code?: number, reason?: string): void;
}

interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** Options of `connectWebSocket()`. */
export interface WebSocketOptions {
  /** The subprotocols that the client speaks. The server chooses one. */
  protocols?: string | string[] | undefined;
  /** `send()` waits while more bytes than this wait to be sent. The default is 1 MiB. */
  highWaterMark?: number | undefined;
}

const OPTIONS: OptionNames<WebSocketOptions> = { protocols: 'any', highWaterMark: 'number' };

const MIB = 2 ** 20;

/** `WebSocket` has no event for "sent", so `send()` looks again after these times, in milliseconds. */
const FIRST_LOOK = 1;
const LONGEST_LOOK = 50;

const OPEN = 1;

/**
 * Opens a WebSocket. If the greenlet is killed before it is open, the attempt ends.
 *
 * @param url the address, `ws:` or `wss:`
 * @param options `protocols`, the subprotocols that you speak; `highWaterMark`, bytes: `send()` waits while more wait to be sent
 * @returns an operation that gives the connection
 * @throws WebSocketClosedError if it cannot be opened; SyntaxError for a wrong address; TypeError if the host has no `WebSocket`
 *
 * @example
 * const socket = yield* connectWebSocket('wss://example.com/prices');
 * yield* socket.send('subscribe');
 * yield* forEach(socket.messages(), function* (message) { show(message); });
 */
export function connectWebSocket(url: string | URL, options?: WebSocketOptions): Operation<WebSocketConnection> {
  checkedOptions(options, OPTIONS, 'connectWebSocket()');
  const { protocols = [], highWaterMark = MIB } = options ?? {};
  if (!(highWaterMark >= 0)) throw new RangeError(`highWaterMark must not be negative: ${highWaterMark}`);
  return operation(() => opening(url, protocols, highWaterMark), 'connectWebSocket()');
}

function* opening(
  url: string | URL,
  protocols: string | string[],
  highWaterMark: number,
): Coroutine<WebSocketConnection> {
  let native = null as Native | null;
  let connection: WebSocketConnection | null = null;
  try {
    connection = yield* actionOf<WebSocketConnection>('a WebSocket', (resolve, reject) => {
      const opened = openNative(url, protocols);
      native = opened;
      listenAll(opened, {
        open: () => resolve(new WebSocketConnection(opened, highWaterMark)),
        close: ({ code, reason }: Closing) =>
          reject(new WebSocketClosedError('the WebSocket could not be opened', code, reason)),
        // An error is always followed by a close, which says more. ws, for Node, would throw without a listener.
        error: () => {},
      });
    });
    return connection;
  } finally {
    // Nobody gets it: the greenlet was killed, or several of a race have opened at once.
    if (connection === null) native?.close();
  }
}

function openNative(url: string | URL, protocols: string | string[]): Native {
  const { WebSocket } = globalThis as unknown as {
    WebSocket?: new (url: string, protocols: string | string[]) => Native;
  };
  if (WebSocket === undefined) throw new TypeError('this host has no WebSocket: Node has one from version 22 on');
  const native = new WebSocket(String(url), protocols);
  native.binaryType = 'arraybuffer';
  return native;
}

/** An open WebSocket, from `connectWebSocket()`. */
export class WebSocketConnection extends Shown {
  /** Its name in messages. */
  name = nameOf('WebSocketConnection');
  private readonly native: Native;
  private readonly highWaterMark: number;
  private readonly inbox = new Inbox<string | ArrayBuffer>();
  private closing: Closing | null = null;
  /** The code and the reason that the program has passed to `close()`. */
  private asked: Closing | null = null;

  /** @internal */
  constructor(native: Native, highWaterMark: number) {
    super();
    this.native = native;
    this.highWaterMark = highWaterMark;
    listenAll(native, {
      message: ({ data }: { data: string | ArrayBuffer }) => this.inbox.push(data),
      close: (closing: Closing) => {
        this.closing = closing;
        this.inbox.close();
      },
    });
  }

  /** @internal */
  [TEXT](): string {
    const { closing } = this;
    return line('WebSocketConnection', this.name, closing === null ? 'open' : `closed with code ${closing.code}`);
  }

  /** The subprotocol that the server chose; empty if it chose none. */
  get protocol(): string {
    return this.native.protocol;
  }

  /**
   * Sends a message, in the order of the calls. Waits while more than `highWaterMark` bytes wait to be sent, so a fast sender
   * does not fill the memory. The message is on its way as soon as the call waits: killing the greenlet does not take it back.
   *
   * @param message text, bytes or a `Blob`
   * @throws WebSocketClosedError if the connection is closed
   */
  send(message: OutgoingMessage): Operation<void> {
    return operation(() => this.sending(message), 'send()');
  }

  /**
   * Waits for the next message. Messages that arrive earlier are kept, in order. WebSockets cannot make the other side wait, so
   * they fill the memory if nobody takes them.
   *
   * @returns an operation that gives a text, or the bytes of a binary message
   * @throws WebSocketClosedError if the connection is closed and all messages were taken
   */
  recv(): Operation<string | ArrayBuffer> {
    return this.inbox.recv(() => this.closedError());
  }

  /** The messages until the connection is closed. Leaving the loop does not close it. */
  messages(): Iteration<string | ArrayBuffer> {
    return this.inbox.items();
  }

  /**
   * Closes the connection. Everything sent before still arrives. The call takes effect immediately, even if you do not wait for it.
   *
   * @param code why: 1000, or 3000 to 4999
   * @param reason a text for the other side, at most 123 bytes
   * @returns an operation that waits until the other side has answered
   * @throws the host's error for a wrong code or reason
   */
  close(code = 1000, reason = ''): Operation<void> {
    const { native } = this;
    native.close(code, reason);
    this.asked ??= { code, reason };
    return excused(
      actionOf(`${this.name} to be closed`, (resolve) => {
        if (this.closing !== null) resolve();
        return listen(native, 'close', () => resolve());
      }),
    );
  }

  private *sending(message: OutgoingMessage): Coroutine<void> {
    const { native, highWaterMark } = this;
    this.checkOpen();
    native.send(message);
    for (let pause = FIRST_LOOK; native.bufferedAmount > highWaterMark; pause = Math.min(2 * pause, LONGEST_LOOK)) {
      yield* sleep(pause);
      this.checkOpen();
    }
  }

  private checkOpen(): void {
    if (this.native.readyState !== OPEN) throw this.closedError();
  }

  private closedError(): WebSocketClosedError {
    const { code = 1006, reason = '' } = this.closing ?? this.asked ?? {};
    return new WebSocketClosedError(`${this.name} is closed`, code, reason);
  }
}
