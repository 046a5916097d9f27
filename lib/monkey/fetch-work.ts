import type * as Undici from 'undici';
import type { Operation } from '../greenlet/operation.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import { hub } from '../hub/loop/hub.ts';

import { PromiseWait } from '../hub/parking/until.ts';

import { PLACE, Place } from '../net/client-line.ts';
import { Upload } from '../net/upload.ts';

type DispatchOptions = Undici.Dispatcher.DispatchOptions;
type DispatchHandler = Undici.Dispatcher.DispatchHandler;

type BreakOff = (reason: unknown) => void;

/** The part that we use of the handlers of undici's fetch, up to version 7. */
interface OlderHandler {
  onConnect(abort: BreakOff, context?: unknown): void;
  onError(error: unknown): void;
}

/** The same from version 8 on. */
interface NewerHandler {
  onRequestStart(controller: { abort: BreakOff }, context?: unknown): void;
  onResponseError(controller: null, error: unknown): void;
}

/**
 * A fetch and the body of its answer. If it is the dispatcher of undici's fetch, it stops by aborting the request;
 * otherwise through a signal, which costs undici about a tenth of a request.
 */
export class FetchWork extends BoundWork {
  private agent: Undici.Dispatcher | null = null;
  /**
   * Functions that abort its requests. There may be several, because fetch follows redirects while bodies still arrive.
   */
  private readonly breaks: BreakOff[] = [];
  private readonly place = new Place();
  private upload: Upload | null = null;
  private stopped: { readonly reason: unknown } | null = null;

  override get isStopped(): boolean {
    return this.stopped !== null;
  }

  /** Sends its requests through `agent` from now on. Returns itself, as the dispatcher for the fetch. */
  over(agent: Undici.Dispatcher): this {
    this.agent = agent;
    return this;
  }

  /** Takes ownership of the request body, which ends with this work. Returns the body to pass to fetch. */
  sending<T>(body: T): T {
    // Everything else is complete. Node's fetch sends it as a text, even if it can be iterated over.
    this.upload = Symbol.asyncIterator in Object(body) ? Upload.of(body) : null;
    return this.upload === null ? body : (this.upload.body as T);
  }

  /** Ends the request body also when the fetch fails. */
  endUploadWith(answer: Promise<unknown>): void {
    const { upload } = this;
    if (upload !== null) answer.then(undefined, (error) => upload.end(error));
  }

  /** @internal Read by undici's fetch. */
  get isMockActive(): boolean {
    return (this.agent as { isMockActive?: boolean }).isMockActive === true;
  }

  /** @internal Called by undici's fetch. */
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    if (this.stopped === null) this.follow(handler as unknown as OlderHandler | NewerHandler);
    else {
      // For example, the target of a redirect, if the kill comes in between.
      refuse(handler as unknown as OlderHandler | NewerHandler, this.stopped.reason);
      return false;
    }
    return (this.agent as Undici.Dispatcher).dispatch(Object.assign(options, { [PLACE]: this.place }), handler);
  }

  /** Gets the abort function of a request when it starts. `this` may be a copy that a dispatcher made. */
  private follow(handler: OlderHandler | NewerHandler): void {
    const started = (breakOff: BreakOff): void => {
      this.breaks.push(breakOff);
      if (this.stopped !== null) breakOff(this.stopped.reason);
    };
    if ('onRequestStart' in handler) {
      const { onRequestStart } = handler;
      handler.onRequestStart = function (controller, context) {
        onRequestStart.call(this, controller, context);
        started((reason) => controller.abort(reason));
      };
    } else {
      const { onConnect } = handler;
      handler.onConnect = function (abort, context) {
        onConnect.call(this, abort, context);
        started(abort);
      };
    }
  }

  protected override wait<T>(promise: Promise<T>): Operation<T> {
    return new FetchWait(promise);
  }

  protected override stop(reason: unknown): void {
    super.stop(reason);
    this.upload?.end(reason);
    if (this.agent === null || this.stopped !== null) return;
    this.stopped = { reason: reason ?? new DOMException('This operation was aborted', 'AbortError') };
    // Reject at once and with the reason itself, as undici's fetch does for a signal.
    for (const reject of this.promises.values()) reject(this.stopped.reason);
    for (const breakOff of this.breaks) breakOff(this.stopped.reason);
    this.place.leave();
  }

  override promise<T>(source: PromiseLike<T>, ended: (value?: T) => void): Promise<T> & Operation<T> {
    const promise = super.promise(source, ended);
    if (this.stopped !== null) this.promises.get(promise)?.(this.stopped.reason);
    return promise;
  }
}

function refuse(handler: OlderHandler | NewerHandler, error: unknown): void {
  if ('onResponseError' in handler) handler.onResponseError(null, error);
  else handler.onError(error);
}

/**
 * Waits for an answer or its body. It loses nothing if it continues only after the event loop has delivered all news.
 */
class FetchWait<T> extends PromiseWait<T> {
  protected override complete(value: T): void {
    hub.gather(() => super.complete(value));
  }

  protected override fail(error: unknown): void {
    hub.gather(() => super.fail(error));
  }
}
