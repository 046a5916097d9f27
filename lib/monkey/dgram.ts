import dgram, { type RemoteInfo, type Socket } from 'node:dgram';
import { excused, type Operation, operation, type Suspend } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { waitFor } from '../hub/parking/until.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { recv, recvfrom } from '../net/datagram.ts';
import { type Datagram, isBound, keepDatagrams } from '../net/datagram-endpoint.ts';
import { SocketClosedError } from '../net/errors.ts';
import { listening } from '../net/listening.ts';
import { Group } from '../pool/group.ts';
import { addMethods } from './added-methods.ts';
import { type Serve, spawnGeneratorListeners } from './generator-listeners.ts';
import { iterableInside } from './iterable-inside.ts';
import { likeOriginal } from './like-original.ts';
import { type AnyFunction, actingInside } from './patch-function.ts';
import type { Replace } from './patches.ts';
import { withoutCallback } from './without-callback.ts';

type Message = string | NodeJS.ArrayBufferView | readonly unknown[];

/** The methods that `patchSocket()` adds to datagram sockets. */
export interface DatagramMethods {
  /**
   * Waits for a datagram and gives its data, like `DatagramSocket.recv()` of `greenhub/net`. From `yield*
   * socket.bind(…)`, a `send()` in a greenlet or the first receive on, the socket keeps datagrams until you receive
   * them, unless the program listens to 'message'.
   */
  recv(options?: TimeoutOption): Operation<Buffer>;
  /** Waits for a datagram and gives its data and sender, like `DatagramSocket.recvfrom()` of `greenhub/net`. */
  recvfrom(options?: TimeoutOption): Operation<Datagram>;
}

declare module 'dgram' {
  interface Socket extends DatagramMethods {
    /**
     * Waits until it is bound and gives it: `const socket = yield* createSocket('udp4').bind(53)`. Only in greenlets.
     */
    [Symbol.iterator](): Iterator<Suspend, this, unknown>;
    /**
     * Sends at once. In a greenlet and without a callback, it returns an operation that gives the number of bytes that
     * the kernel has taken, or throws the error of the send. (Otherwise it returns nothing.)
     */
    send(message: Message, port?: number, address?: string): Operation<number>;
    send(message: Message, offset: number, length: number, port?: number, address?: string): Operation<number>;
    /** Connects. In a greenlet and without a callback, it returns an operation. (Otherwise it returns nothing.) */
    connect(port: number, address?: string): Operation<void>;
  }
}

const methods: DatagramMethods & ThisType<Socket> = {
  recv(options) {
    return recv(this, options);
  },
  recvfrom(options) {
    return recvfrom(this, options);
  },
};

/** Patches sockets of `node:dgram`. */
export function patchDatagrams(replace: Replace): void {
  const { prototype } = dgram.Socket;
  addMethods(replace, 'dgram.Socket', prototype, methods);
  iterableInside(replace, 'dgram.Socket', prototype, function (this: Socket) {
    keepDatagrams(this);
    return listening(this)[Symbol.iterator]();
  });
  spawnGeneratorListeners(replace, 'dgram.Socket', prototype, serve);
  for (const name of ['send', 'connect'] as const) giveOperation(replace, prototype, name);
}

/** Makes a method return an operation if a greenlet calls it without a callback. */
function giveOperation(replace: Replace, prototype: Socket, name: 'send' | 'connect'): void {
  const original = prototype[name] as AnyFunction;
  const method = actingInside(original, (_, self, args) => {
    if (typeof args.at(-1) === 'function') return original.apply(self, args);
    const socket = self as Socket;
    // The answer may arrive at once.
    keepDatagrams(socket);
    let isAwaited = false;
    const outcome = new Promise<unknown>((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(error);
        if (!isAwaited) socket.emit('error', error);
      };
      const answered = unansweredOf(socket).add((error) => {
        // The socket's own listeners already have the error. A close is no error for others.
        if (socket.listenerCount('error') > 0 || error instanceof SocketClosedError) reject(error);
        else fail(error);
      });
      try {
        original.call(socket, ...withoutCallback(args), (error: Error | null | undefined, value: unknown) => {
          answered();
          if (error) fail(error);
          else resolve(value);
        });
      } catch (error) {
        answered();
        throw error;
      }
    });
    outcome.catch(() => {});
    return excused(
      operation(() => {
        isAwaited = true;
        return waitFor(outcome)[Symbol.iterator]();
      }, 'bind()'),
    );
  });
  replace('dgram.Socket', prototype, name, { value: likeOriginal(method, original), writable: true, enumerable: true });
}

/** The calls of a socket that have no answer yet. If it is closed or cannot be bound, Node drops them without calling back. */
class Unanswered {
  private readonly socket: Socket;
  private readonly calls = new Set<(error: Error) => void>();
  private isBinding = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('close', () => this.fail(new SocketClosedError('the socket was closed before it has sent or connected')));
  }

  /** Returns a function that removes the call. */
  add(failed: (error: Error) => void): () => void {
    const { calls, socket } = this;
    calls.add(failed);
    if (!this.isBinding && !isBound(socket)) {
      this.isBinding = true;
      socket.on('error', this.fail).on('listening', this.bound);
    }
    return () => void calls.delete(failed);
  }

  private readonly bound = (): void => {
    this.isBinding = false;
    this.socket.off('error', this.fail).off('listening', this.bound);
  };

  private readonly fail = (error: Error): void => {
    const calls = [...this.calls];
    this.calls.clear();
    this.bound();
    for (const failed of calls) failed(error);
  };
}

const unanswered = new WeakMap<Socket, Unanswered>();

function unansweredOf(socket: Socket): Unanswered {
  let calls = unanswered.get(socket);
  if (calls === undefined) {
    calls = new Unanswered(socket);
    unanswered.set(socket, calls);
  }
  return calls;
}

const served = new WeakMap<Socket, Group>();

/** The greenlets that handle a socket's messages. They are killed when it is closed. */
function groupOf(socket: Socket): Group {
  let group = served.get(socket);
  if (group === undefined) {
    const created = new Group();
    group = created;
    served.set(socket, created);
    socket.once('close', () => {
      served.delete(socket);
      created.kill();
    });
  }
  return group;
}

const serve: Serve = (socket, event, body, args) => {
  if (event === 'message') groupOf(socket as Socket).spawn(body, ...(args as [Buffer, RemoteInfo]));
  else spawn(body, ...args);
};
