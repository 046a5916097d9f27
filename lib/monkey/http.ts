import type { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation, Suspend } from '../greenlet/operation.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { answerTo, bindAnswer } from '../net/answering.ts';
import { bytes, json, text } from '../net/body.ts';
import { serveRequest } from '../net/http-service.ts';
import { http, https } from '../net/nodes-modules.ts';
import { serveConnection } from '../net/serve-connection.ts';
import type { ReadBodyOptions } from '../net/whole-body.ts';
import { addMethods } from './added-methods.ts';
import type { GeneratorBody } from './generator-function.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { iterableInside } from './iterable-inside.ts';
import type { Replace } from './patches.ts';
import { type ReadMethods, readMethods, type SendMethods, sendMethods } from './stream-methods.ts';

/** The methods that `patchSocket()` adds for reading a whole body. */
export interface BodyMethods {
  /** Reads the whole body as UTF-8, like `HttpServerRequest.text()` of `greenhub/net`. */
  text(options?: ReadBodyOptions): Operation<string>;
  /** Reads the whole body and parses it as JSON, like `HttpServerRequest.json()` of `greenhub/net`. */
  json<T = unknown>(options?: ReadBodyOptions): Operation<T>;
  /** Reads the whole body into its own memory, like `HttpServerRequest.bytes()` of `greenhub/net`. */
  bytes(options?: ReadBodyOptions): Operation<Uint8Array>;
}

declare module 'http' {
  interface ClientRequest {
    /** Waits for the answer: `const answer = yield* http.get(url)`. Only in greenlets. */
    [Symbol.iterator](): Iterator<Suspend, IncomingMessage, unknown>;
  }
  interface IncomingMessage extends ReadMethods, BodyMethods {}
  interface OutgoingMessage extends SendMethods {}
}

const bodyMethods: BodyMethods & ThisType<IncomingMessage> = {
  text(options) {
    return text(this, options);
  },
  json(options) {
    return json(this, options);
  },
  bytes(options) {
    return bytes(this, options);
  },
};

const sending: SendMethods & ThisType<OutgoingMessage> = {
  sendall(data, options) {
    // A server may answer before it has everything. Node drops the body of an answer that nobody listens for.
    if (insideGreenlet() && this instanceof http.ClientRequest) keepAnswer(this);
    return sendMethods.sendall.call(this, data, options);
  },
};

/** Keeps an answer that comes before the end of its request. It belongs to the greenlet that sends. */
function keepAnswer(request: ClientRequest): void {
  if (request.listenerCount('response') > 0) return;
  const { current } = kernel;
  request.once('response', (answer) => {
    if (!request.writableEnded) bindAnswer(answer, current);
    else if (request.listenerCount('response') === 0) answer.resume();
  });
}

/** Events of an HTTP server that ask for a response. */
const REQUESTS: readonly (string | symbol)[] = ['request', 'checkContinue', 'checkExpectation'];
/** Events that pass the connection as their second argument. */
const SWITCHES: readonly (string | symbol)[] = ['connect', 'upgrade'];

/** Patches requests, answers and their bodies of `node:http` and `node:https`. */
export function patchHttp(replace: Replace): void {
  iterableInside(replace, 'http.ClientRequest', http.ClientRequest.prototype, function (this: ClientRequest) {
    return answerTo(this)[Symbol.iterator]();
  });
  addMethods(replace, 'http.IncomingMessage', http.IncomingMessage.prototype, { ...readMethods, ...bodyMethods });
  addMethods(replace, 'http.OutgoingMessage', http.OutgoingMessage.prototype, sending);
}

/** Runs a generator listener for an event of an HTTP server. Returns false for other servers. */
export function serveHttp(server: EventEmitter, event: string | symbol, body: GeneratorBody, args: unknown[]): boolean {
  if (!(server instanceof http.Server || server instanceof https().Server)) return false;
  if (REQUESTS.includes(event)) serveRequest(body, args[0] as IncomingMessage, args[1] as ServerResponse);
  else if (SWITCHES.includes(event)) serveConnection(body, args[1] as Socket, args);
  else spawn(body, ...args);
  return true;
}
