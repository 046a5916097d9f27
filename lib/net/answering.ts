import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket as Stream } from 'node:net';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { bindResource, type Resource, removeResource } from '../hub/cancellation/cancel-scope.ts';
import type { Suspension } from '../hub/parking/suspension.ts';
import { type Attempt, Opening } from './opening.ts';
import { safeText, safeUrl } from './safe-text.ts';
import { transportOf } from './transport.ts';

/**
 * Waits for the answer to a request of `node:http`. If the wait is cancelled, the request is destroyed. Until its body
 * has been read, the answer belongs to the greenlet or scope that got it, so a kill frees the connection.
 *
 * @returns an operation that gives the answer
 * @throws the error of the request: ECONNREFUSED, ECONNRESET, …
 */
export function answerTo(request: ClientRequest): Operation<IncomingMessage> {
  return new Answering(request);
}

class Answering extends Opening<IncomingMessage> {
  private readonly request: ClientRequest;

  constructor(request: ClientRequest) {
    super();
    this.request = request;
  }

  describe(): string {
    const { method, path } = this.request;
    return `the answer to ${safeText(method)} ${safeUrl(path)}`;
  }

  override next(value?: unknown): ReturnType<Suspension<IncomingMessage>['next']> {
    const result = super.next(value);
    if (this.greenlet === null && value instanceof Object) bindAnswer(value as IncomingMessage, kernel.current);
    return result;
  }

  protected open(opened: (answer: IncomingMessage) => void, failed: (error: unknown) => void): Attempt {
    const { request } = this;
    const over = (): void => {
      request
        .off('response', done)
        .off('connect', switched)
        .off('upgrade', switched)
        .off('error', fail)
        .off('close', closed);
    };
    const done = (answer: IncomingMessage): void => {
      over();
      // From now on, readers of the answer raise its errors.
      request.on('error', () => {});
      opened(answer);
    };
    const switched = (answer: IncomingMessage, socket: Stream, head: Buffer): void => {
      // Node no longer listens to errors of the socket. From now on, its readers raise them.
      transportOf(socket).watch();
      if (head.length > 0) socket.unshift(head);
      done(answer);
    };
    const fail = (error: unknown): void => {
      over();
      failed(error);
    };
    const closed = (): void =>
      fail(request.errored ?? new Error(`${this.describe()}: the request was destroyed first`));
    const answer = Reflect.get(request, 'res') as IncomingMessage | null | undefined;
    if (answer) opened(answer);
    else if (request.destroyed) closed();
    else {
      request.on('response', done).on('connect', switched).on('upgrade', switched);
      request.on('error', fail).on('close', closed);
    }
    return { discard: over };
  }

  /** Also called if the greenlet was killed before it could wait. */
  protected override cancelled(): void {
    super.cancelled();
    this.request.on('error', () => {}).destroy();
  }
}

/** Makes a kill of the greenlet close the answer's connection until the body has been read. */
export function bindAnswer(answer: IncomingMessage, greenlet: RawGreenlet): void {
  if (answer.closed || answer.destroyed) return;
  const resource: Resource = { scope: null, release: () => void answer.destroy() };
  bindResource(resource, greenlet);
  answer.once('close', () => removeResource(resource));
}
