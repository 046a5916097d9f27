import type * as Undici from 'undici';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { bindResource, type CancelScope, type Resource, removeResource } from '../hub/cancellation/cancel-scope.ts';
import { PLACE, Place } from './client-line.ts';
import { type Aborter, onAbort } from './on-abort.ts';
import { Upload } from './upload.ts';

/** Called when the headers have arrived, or with the error if they will not. */
export interface Answered {
  answered(): void;
  failed(error: unknown): void;
}

/** A waiter for the body or a piece of it. */
export interface BodyReader {
  /** True if it reads the whole body, even beyond the buffer's limit. */
  readonly greedy: boolean;
  /** Called when more has arrived or the body has ended. Returns true if the reader has finished. */
  arrived(): boolean;
}

/** Headers in undici's format. */
export type Headers = Undici.Dispatcher.ResponseData['headers'];

export type Info = { statusCode: number; headers: Record<string, string | string[]> };

/** How many bytes of an unread body are kept before back-pressure stops the server. */
const HIGH = 64 * 1024;

/**
 * A request in progress and the part of its answer that has arrived. It is a handler for undici's dispatchers, like
 * that of undici's own `request`, but without a stream, a promise and an AbortController for each request.
 *
 *     sent ──onHeaders──▶ open ──onComplete──▶ ended
 *       │                  │
 *       └──────────────────┴──onError, drop()──▶ failed
 *
 * While it is open, it holds a connection. It then belongs to the scope of the greenlet that waits for it or reads it.
 */
export class Exchange implements Resource {
  scope: CancelScope | null = null;
  stage: 'sent' | 'open' | 'ended' | 'failed' = 'sent';
  failure: unknown = null;
  statusCode = 0;
  statusText = '';
  headers: Headers = {};
  readonly trailers: Record<string, string> = {};
  context: object = {};
  /** The parts of the body that have arrived and were not read. */
  chunks: Buffer[] = [];
  /** The number of bytes in `chunks`. */
  length = 0;
  /** True once a read has begun. */
  used = false;
  /** Its name in messages. */
  readonly name: string;
  private reader: BodyReader | null = null;
  private abort: ((error: Error) => void) | null = null;
  private readonly place = new Place();
  private resume: (() => void) | null = null;
  private paused = false;
  private leaveSignal: (() => void) | null = null;
  private readonly undici: typeof Undici;
  /** Cleared once called. It holds the response, which the garbage collector must be able to free. */
  private waiting: Answered | null;
  private readonly onInfo: ((info: Info) => void) | null;
  private readonly upload: Upload | null;
  private readonly high: number;

  constructor(undici: typeof Undici, name: string, waiting: Answered, options: Undici.Dispatcher.RequestOptions) {
    this.undici = undici;
    this.name = name;
    this.waiting = waiting;
    this.onInfo = options.onInfo ?? null;
    this.upload = Upload.of(options.body);
    this.high = options.highWaterMark ?? HIGH;
  }

  /** True if it no longer holds a connection. */
  get over(): boolean {
    return this.stage === 'ended' || this.stage === 'failed';
  }

  send(dispatcher: Undici.Dispatcher, options: Undici.Dispatcher.DispatchOptions): void {
    // undici's types no longer contain this kind of handler, but its own `request` still is one.
    const handler = this as unknown as Undici.Dispatcher.DispatchHandler;
    try {
      const { place, upload } = this;
      Object.assign(options, { [PLACE]: place }, upload === null ? null : { body: upload.body });
      dispatcher.dispatch(options, handler);
    } catch (error) {
      this.onError(error as Error);
    }
  }

  /** @throws TypeError if `signal` is neither an AbortSignal nor an EventEmitter */
  follow(signal: Aborter): void {
    const abort = (): void => {
      this.drop((signal as { reason?: unknown }).reason ?? new this.undici.errors.RequestAbortedError());
    };
    if ((signal as AbortSignal).aborted === true) abort();
    else this.leaveSignal = onAbort(signal, abort);
  }

  /** Binds the rest of the body to the innermost scope of a greenlet. */
  bindTo(greenlet: RawGreenlet): void {
    if (!this.over) bindResource(this, greenlet);
  }

  /** Called when its scope is cancelled. A reader in another greenlet is not cancelled: it gets an error. */
  release(reason: unknown): void {
    // A reader that waits now is part of the cancelled scope and gets the reason at its suspension.
    this.reader = null;
    this.giveUp(`${this.name} was aborted with the greenlet that it belonged to`, reason);
  }

  /** Ends the request and frees its connection. */
  giveUp(message: string, cause?: unknown): void {
    if (this.over) return;
    const error = new this.undici.errors.RequestAbortedError(message);
    if (cause !== undefined) error.cause = cause;
    this.drop(error);
  }

  drop(error: unknown): void {
    if (this.over) return;
    const { abort } = this;
    this.chunks = [];
    this.length = 0;
    this.fail(error);
    if (abort !== null) abort(error as Error);
    this.place.leave();
    this.upload?.end(error);
  }

  /** Notifies a reader of data from now on. */
  readBy(reader: BodyReader): void {
    this.reader = reader;
    this.flow();
  }

  get readByNow(): BodyReader | null {
    return this.reader;
  }

  leave(reader: BodyReader): void {
    if (this.reader === reader) this.reader = null;
  }

  /** Resumes receiving if there is room again. */
  flow(): void {
    if (!this.paused || !this.hasRoom()) return;
    this.paused = false;
    this.resume?.();
  }

  // undici calls the methods below. This is its older kind of handler, like its own `request`; it needs no controller.

  onConnect(abort: (error?: Error) => void, context: object): void {
    if (this.stage === 'failed') abort(this.failure as Error);
    else {
      this.abort = abort;
      this.context = context;
      this.place.forget();
    }
  }

  onHeaders(statusCode: number, rawHeaders: Buffer[], resume: () => void, statusText: string): boolean {
    const headers = this.undici.util.parseHeaders(rawHeaders) as Headers;
    if (statusCode < 200) {
      this.onInfo?.({ statusCode, headers: headers as Info['headers'] });
      return true;
    }
    this.stage = 'open';
    this.statusCode = statusCode;
    this.statusText = statusText;
    this.headers = headers;
    this.resume = resume;
    const { waiting } = this;
    this.waiting = null;
    waiting?.answered();
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.over) return false;
    this.chunks.push(chunk);
    this.length += chunk.length;
    this.serveReader();
    this.paused = !this.hasRoom();
    return !this.paused;
  }

  onComplete(rawTrailers: Buffer[] | null): void {
    if (rawTrailers !== null && rawTrailers.length > 0) this.undici.util.parseHeaders(rawTrailers, this.trailers);
    this.end('ended');
  }

  onError(error: Error): void {
    this.upload?.end(error);
    if (!this.over) this.fail(error);
  }

  private fail(error: unknown): void {
    this.failure = error;
    const { waiting } = this;
    this.waiting = null;
    this.end('failed');
    waiting?.failed(error);
  }

  private end(stage: 'ended' | 'failed'): void {
    this.stage = stage;
    this.abort = null;
    this.resume = null;
    removeResource(this);
    this.leaveSignal?.();
    this.leaveSignal = null;
    this.serveReader();
  }

  private serveReader(): void {
    const { reader } = this;
    if (reader?.arrived()) this.leave(reader);
  }

  private hasRoom(): boolean {
    // With a mark of 0, an empty buffer takes one piece.
    return this.length === 0 || this.length < this.high || this.reader?.greedy === true;
  }
}
