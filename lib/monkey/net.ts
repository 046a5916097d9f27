import net from 'node:net';
import type { Operation, Suspend } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { accept, connectionEventOf, keepConnections } from '../net/accepting.ts';
import { connected } from '../net/connect.ts';
import { listening } from '../net/listening.ts';
import { serveConnection } from '../net/serve-connection.ts';
import { transportOf } from '../net/transport.ts';
import { addMethods } from './added-methods.ts';
import { type Serve, spawnGeneratorListeners } from './generator-listeners.ts';
import { serveHttp } from './http.ts';
import { iterableInside } from './iterable-inside.ts';
import type { Replace } from './patches.ts';
import { type ReadMethods, readMethods, type SendMethods, sendMethods } from './stream-methods.ts';

/** The method that `patchSocket()` adds to servers. */
export interface ServerMethods {
  /**
   * Waits for a connection. From `yield* server.listen(…)` or the first call on, the server keeps up to 511 connections
   * until you accept them, unless the program listens to 'connection'. It closes further connections.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the connection
   * @throws Timeout if no connection arrives in time; SocketClosedError if the server was closed
   */
  accept(options?: TimeoutOption): Operation<net.Socket>;
}

declare module 'net' {
  interface Socket extends ReadMethods, SendMethods {
    /** Waits until it is connected and gives it: `const socket = yield* net.connect(…)`. Only in greenlets. */
    [Symbol.iterator](): Iterator<Suspend, this, unknown>;
    /** Ends this side after pending sends, like `Socket.shutdown()` of `greenhub/net`. */
    shutdown(): void;
  }
  interface Server extends ServerMethods {
    /** Waits until it listens and gives it: `const server = yield* net.createServer().listen(0)`. Only in greenlets. */
    [Symbol.iterator](): Iterator<Suspend, this, unknown>;
  }
}

const socketMethods = {
  ...readMethods,
  ...sendMethods,
  shutdown(this: net.Socket): void {
    transportOf(this).shutDown();
  },
};

const serverMethods: ServerMethods & ThisType<net.Server> = {
  accept(options) {
    return accept(this, options);
  },
};

/** Patches sockets and servers of `node:net`, and those of `node:tls`, `node:http` and `node:https`, which inherit. */
export function patchNet(replace: Replace): void {
  const { Socket, Server } = net;
  addMethods(replace, 'net.Socket', Socket.prototype, socketMethods);
  iterableInside(replace, 'net.Socket', Socket.prototype, function (this: net.Socket) {
    return connected(this)[Symbol.iterator]();
  });
  addMethods(replace, 'net.Server', Server.prototype, serverMethods);
  iterableInside(replace, 'net.Server', Server.prototype, function (this: net.Server) {
    keepConnections(this);
    return listening(this)[Symbol.iterator]();
  });
  spawnGeneratorListeners(replace, 'net.Server', Server.prototype, serve);
}

const serve: Serve = (server, event, body, args) => {
  if (serveHttp(server, event, body, args)) return;
  if (event === connectionEventOf(server as net.Server)) serveConnection(body, args[0] as net.Socket);
  else spawn(body, ...args);
};
