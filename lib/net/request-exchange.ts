import type * as Undici from 'undici';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { bindResource, type CancelScope, type Resource } from '../hub/cancellation/cancel-scope.ts';
import { PLACE, Place } from './client-line.ts';
import { type Aborter, onAbort } from './on-abort.ts';
import { Upload } from './upload.ts';

/** What is told of the first headers, or of why there are none. */
export interface Answered {
  answered(): void;
  failed(error: unknown): void;
}

/** Who waits for the body, or a piece of it. */
export interface BodyReader {
  /** Whether it wants all that comes, and not just what fits. */
  readonly greedy: boolean;
  /** More is there, or nothing more will come. True when the reader is through. */
  arrived(): boolean;
}

/** A request's headers as undici gives them. */
export type Headers = Undici.Dispatcher.ResponseData['headers'];

export type Info = { statusCode: number; headers: Record<string, string | string[]> };

/** How much of a body that nobody reads is kept before the server is held up. */
const HIGH = 64 * 1024;

/**
 * A request under way, as undici's dispatchers see it, and what has come of its answer. It does what the handler of
 * undici's own `request` does, without a stream, a promise and an AbortController for each request, which nobody needs here.
 *
 *     sent ──onHeaders──▶ open ──onComplete──▶ ended
 *       │                  │
 *       └──────────────────┴──onError, drop()──▶ failed
 *
 * While it is open it holds a connection. It belongs then to the scope of whoever waits for it or reads it.
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
  /** What has come of the body and nobody has taken. */
  chunks: Buffer[] = [];
  /** Its bytes. */
  length = 0;
  /** Somebody has begun to read. */
  used = false;
  /** What messages call it. */
  readonly name: string;
  private reader: BodyReader | null = null;
  private abort: ((error: Error) => void) | null = null;
  private readonly place = new Place();
  private resume: (() => void) | null = null;
  private paused = false;
  private leaveSignal: (() => void) | null = null;
  private readonly undici: typeof Undici;
  /** Forgotten when told: it holds the response, and nobody would notice that the program has dropped that. */
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

  /** True when no connection is held. */
  get over(): boolean {
    return this.stage === 'ended' || this.stage === 'failed';
  }

  send(dispatcher: Undici.Dispatcher, options: Undici.Dispatcher.DispatchOptions): void {
    // Its types know this kind of handler no more; its own `request` is one.
    const handler = this as unknown as Undici.Dispatcher.DispatchHandler;
    try {
      const { place, upload } = this;
      Object.assign(options, { [PLACE]: place }, upload === null ? null : { body: upload.body });
      dispatcher.dispatch(options, handler);
    } catch (error) {
      this.onError(error as Error);
    }
  }

  /** @throws TypeError for what is no signal */
  follow(signal: Aborter): void {
    const abort = (): void => {
      this.drop((signal as { reason?: unknown }).reason ?? new this.undici.errors.RequestAbortedError());
    };
    if ((signal as AbortSignal).aborted === true) abort();
    else this.leaveSignal = onAbort(signal, abort);
  }

  /** Makes the rest of it belong to what the greenlet is doing now. */
  bindTo(greenlet: RawGreenlet): void {
    if (!this.over) bindResource(this, greenlet);
  }

  /** The greenlet that it belongs to is cancelled. Somebody else who reads it is not: he gets an error, and no kill. */
  release(reason: unknown): void {
    // Who waits for it now is in what is cancelled, and gets the reason for that where it waits.
    this.reader = null;
    this.giveUp(`${this.name} was aborted with the greenlet that it belonged to`, reason);
  }

  /** Ends it, and frees its connection. */
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

  /** Has a reader told of what comes from now on. */
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

  /** Goes on to receive when there is room again. */
  flow(): void {
    if (!this.paused || !this.hasRoom()) return;
    this.paused = false;
    this.resume?.();
  }

  // What undici calls. Its older kind of handler, which needs no controller made for it, as its own `request` is.

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
    this.scope?.removeResource(this);
    this.leaveSignal?.();
    this.leaveSignal = null;
    this.serveReader();
  }

  private serveReader(): void {
    const { reader } = this;
    if (reader?.arrived()) this.leave(reader);
  }

  private hasRoom(): boolean {
    return this.length < this.high || this.reader?.greedy === true;
  }
}
