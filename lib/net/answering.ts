import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket as Stream } from 'node:net';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { bindResource, type Resource } from '../hub/cancellation/cancel-scope.ts';
import type { Suspension } from '../hub/parking/suspension.ts';
import { type Attempt, Opening } from './opening.ts';
import { shown, shownUrl } from './shown.ts';
import { transportOf } from './transport.ts';

/**
 * Waits for the answer to a request of `node:http`. Cancelled, it destroys the request; and until its body has been read the
 * answer goes with the greenlet (or the scope in it) that got it: a kill frees the connection.
 *
 * @throws what the request fails with: ECONNREFUSED, ECONNRESET, …
 */
export function answerTo(request: ClientRequest): Operation<IncomingMessage> {
  return new Answering(request);
}

class Answering extends Opening<IncomingMessage> {
  private readonly request: ClientRequest;

  constructor(request: ClientRequest) {
    super(undefined);
    this.request = request;
  }

  describe(): string {
    const { method, path } = this.request;
    return `the answer to ${shown(method)} ${shownUrl(path)}`;
  }

  override next(value?: unknown): ReturnType<Suspension<IncomingMessage>['next']> {
    const result = super.next(value);
    if (this.greenlet === null && value instanceof Object) bind(value as IncomingMessage);
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
      // From now on an error is raised by whoever reads the answer.
      request.on('error', () => {});
      opened(answer);
    };
    const switched = (answer: IncomingMessage, socket: Stream, head: Buffer): void => {
      // Node listens to its errors no more: from now on they are raised by whoever reads it.
      transportOf(socket).watch();
      if (head.length > 0) socket.unshift(head);
      done(answer);
    };
    const fail = (error: unknown): void => {
      over();
      failed(error);
    };
    const closed = (): void =>
      fail(request.errored ?? new Error(`${this.describe()}: the request was destroyed before`));
    const answer = Reflect.get(request, 'res') as IncomingMessage | null | undefined;
    if (answer) opened(answer);
    else if (request.destroyed) closed();
    else {
      request.on('response', done).on('connect', switched).on('upgrade', switched);
      request.on('error', fail).on('close', closed);
    }
    return { discard: over };
  }

  /** Also when the greenlet does not get to wait because it was killed before. */
  protected override cancelled(): void {
    super.cancelled();
    this.request.on('error', () => {}).destroy();
  }

  protected timedOut(): never {
    throw new Error('an answer has no time limit');
  }
}

/** Has a kill of the greenlet that runs end the answer's connection, as long as its body is not read. */
function bind(answer: IncomingMessage): void {
  if (answer.closed || answer.destroyed) return;
  const resource: Resource = { scope: null, release: () => void answer.destroy() };
  bindResource(resource, kernel.current);
  answer.once('close', () => resource.scope?.removeResource(resource));
}
