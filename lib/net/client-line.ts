/**
 * Frees an undici request that is given up before it has a connection. undici itself would continue the name look-up,
 * the connect and the handshake until they succeed or fail. Here the request leaves the line of its client at once, and
 * the last one that leaves also ends the attempt to connect. (Version 8.13 of undici does the same by itself.)
 *
 *     line of a client:  running … │ first  second  third …       attempt ──▶ socket, or tunnel of a proxy
 *                                  └── each has a place to leave
 *
 * undici offers no public way to do this, so we use its internal fields, found by their names. Only requests with a
 * place among their options take part: those that greenhub makes.
 */

import type { Socket } from 'node:net';
import type * as Undici from 'undici';
import { host } from '../hub/loop/host.ts';

/** The key of a request's place among its options: proxies and interceptors pass all options on. */
export const PLACE = Symbol('greenhub.place');

type Abort = (reason: unknown) => void;

/** undici's own record of a request. From version 8 on, its methods have other names. */
interface Request {
  /** Null as long as the request has no connection. */
  readonly abort: Abort | null;
  readonly aborted: boolean;
  onConnect?(abort: Abort): void;
  onError?(error: unknown): void;
  onRequestStart?(abort: Abort): void;
  onResponseError?(error: unknown): void;
}

interface Handler {
  onConnect?(abort: Abort): void;
  onError?(error: unknown): void;
  onUpgrade?(statusCode: number, headers: unknown, socket: Socket): void;
  onRequestStart?(controller: Controller): void;
  onResponseError?(controller: Controller, error: unknown): void;
}

interface Controller {
  aborted: boolean;
  reason: unknown;
  readonly paused: boolean;
  abort(reason: unknown): void;
  pause(): void;
  resume(): void;
}

type Options = { [PLACE]?: Place; signal?: unknown } | null | undefined;
type Connected = (error: Error | null, socket?: Socket) => void;
type Connector = (target: object, callback: Connected) => unknown;
type Fields = Record<symbol, unknown>;
type Dispatch = (options: Options, handler: Handler) => boolean;

/** The place of a request in a line while it has no connection. */
export class Place {
  /** True once the request was given up. */
  left = false;
  private line: Line | null = null;
  private request: Request | null = null;

  /** @internal */
  take(line: Line, request: Request): void {
    this.line = line;
    this.request = request;
  }

  /** Called once the request has a connection: drops all references to undici. */
  forget(): void {
    this.line = null;
    this.request = null;
  }

  /** Gives the request up, unless it has a connection: starts its handler, which then aborts it. */
  leave(): void {
    const { line, request } = this;
    this.left = true;
    this.forget();
    if (line === null || request === null || request.abort !== null || request.aborted) return;
    const fail = (error: unknown): void => (request.onResponseError ?? request.onError)?.call(request, error);
    (request.onRequestStart ?? request.onConnect)?.call(request, fail);
    if (request.aborted) line.remove(request);
  }
}

/** A connection that is being made. */
class Attempt {
  /** The place of the request that opens a tunnel, if there is a proxy. */
  readonly place = new Place();
  readonly signal: AbortSignal;
  /** The socket that connects, or the tunnel during a TLS handshake in it. */
  socket: Socket | null = null;
  private readonly controller = new AbortController();

  constructor() {
    this.signal = this.controller.signal;
  }

  giveUp(): void {
    this.controller.abort();
    this.place.leave();
    if (this.socket !== null) discard(this.socket);
  }
}

/** By signal: a proxy passes it on to the request that opens the tunnel. */
const attempts = new WeakMap<object, Attempt>();

const LINE = Symbol('greenhub.line');

/** The line of one client. It owns the client's attempts to connect. */
class Line {
  private readonly client: Fields;
  private readonly queueField: symbol;
  private readonly pendingField: symbol;
  private readonly resumeField: symbol;
  private readonly connect: Connector;
  private attempt: Attempt | null = null;

  /** The line of a client; null if we do not know the fields of its version. */
  static of(client: Fields): Line | null {
    let line = client[LINE] as Line | null | undefined;
    if (line === undefined) {
      const fields = ['queue', 'pending index', 'resume', 'connector'].map((name) => fieldOf(client, name));
      line = fields.includes(undefined) ? null : new Line(client, fields as [symbol, symbol, symbol, symbol]);
      Object.defineProperty(client, LINE, { value: line });
    }
    return line;
  }

  private constructor(client: Fields, [queue, pending, resume, connector]: [symbol, symbol, symbol, symbol]) {
    this.client = client;
    this.queueField = queue;
    this.pendingField = pending;
    this.resumeField = resume;
    this.connect = client[connector] as Connector;
    client[connector] = this.begin;
  }

  get last(): Request | null | undefined {
    return this.queue.at(-1);
  }

  remove(request: Request): void {
    const { attempt, pendingAt, queue } = this;
    const at = queue.indexOf(request, pendingAt);
    if (at !== -1) queue.splice(at, 1);
    if (attempt === null || !this.isUnwanted) {
      this.resume();
      return;
    }
    this.attempt = null;
    this.rest();
    attempt.giveUp();
  }

  private get queue(): (Request | null)[] {
    return this.client[this.queueField] as (Request | null)[];
  }

  private get pendingAt(): number {
    return this.client[this.pendingField] as number;
  }

  /** True if no request in the line still wants a connection. */
  private get isUnwanted(): boolean {
    const { queue } = this;
    for (let at = this.pendingAt; at < queue.length; at += 1) if (queue[at]?.aborted === false) return false;
    return true;
  }

  private readonly begin: Connector = (target, callback) => {
    // undici replaces each connection that an abort has closed.
    if (this.isUnwanted) {
      this.rest();
      return;
    }
    const attempt = new Attempt();
    this.attempt = attempt;
    attempts.set(attempt.signal, attempt);
    const made = this.connect({ ...target, signal: attempt.signal }, (error, socket) => {
      if (this.attempt === attempt) {
        this.attempt = null;
        callback(error, socket);
      } else if (socket !== undefined) discard(socket);
    });
    if (isSocket(made)) {
      attempt.socket = made;
      return made;
    }
  };

  /** Leaves the client without a connection, ready for its next request. */
  private rest(): void {
    this.queue.splice(this.pendingAt);
    const connecting = fieldOf(this.client, 'connecting');
    if (connecting !== undefined) this.client[connecting] = false;
    this.resume();
  }

  private resume(): void {
    // In a microtask, because a call within undici's own turn has no effect.
    host.microtask(() => (this.client[this.resumeField] as () => void)());
  }
}

function fieldOf(client: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(client).find(({ description }) => description === name);
}

function isSocket(value: unknown): value is Socket {
  return typeof (value as Socket | null | undefined)?.destroy === 'function';
}

/**
 * Destroys a socket with an error, because only that stops undici's connect timeout, which would fail later without it.
 */
function discard(socket: Socket): void {
  socket.on('error', () => {}).destroy(new Error('the connection is no longer needed'));
}

/** Methods that already give places; subclasses inherit them. */
const lined = new WeakSet<object>();

/** Patches a client class so that its requests get a place if they ask for one. */
export function addLines(Client: typeof Undici.Client): void {
  const original = Client.prototype.dispatch as unknown as Dispatch;
  if (lined.has(original)) return;
  const { dispatch } = {
    dispatch(this: Fields, options: Options, handler: Handler): boolean {
      const attempt = options?.[PLACE] === undefined ? attempts.get(options?.signal as object) : undefined;
      const place = options?.[PLACE] ?? attempt?.place;
      if (place === undefined) return original.call(this, options, handler);
      if (place.left) {
        // The request was given up while it waited for this client, or an interceptor retries.
        refuse(handler);
        return true;
      }
      if (attempt !== undefined) keepTunnel(attempt, handler);
      const line = Line.of(this);
      const before = line?.last;
      const isFree = original.call(this, options, handler);
      const request = line?.last;
      if (line !== null && request && request !== before) place.take(line, request);
      return isFree;
    },
  };
  lined.add(dispatch);
  Object.defineProperty(Client.prototype, 'dispatch', { value: dispatch, writable: true, configurable: true });
}

/** Starts a request that was given up, so that its handler aborts it. */
function refuse(handler: Handler): void {
  if (handler.onRequestStart === undefined) {
    handler.onConnect?.((error) => handler.onError?.(error));
    return;
  }
  const controller: Controller = {
    aborted: false,
    reason: null,
    paused: false,
    abort(reason) {
      if (controller.aborted) return;
      controller.aborted = true;
      controller.reason = reason;
      handler.onResponseError?.(controller, reason);
    },
    pause() {},
    resume() {},
  };
  handler.onRequestStart(controller);
}

/** The client of a proxy forgets an open tunnel, although the handshake in it is still to come. */
function keepTunnel(attempt: Attempt, handler: Handler): void {
  const { onUpgrade } = handler;
  handler.onUpgrade = function (statusCode, headers, socket) {
    attempt.socket = socket;
    onUpgrade?.call(this, statusCode, headers, socket);
  };
}
