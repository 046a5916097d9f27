import type * as Undici from 'undici';
import { BoundWork } from '../hub/bound-work.ts';

type DispatchOptions = Undici.Dispatcher.DispatchOptions;
type DispatchHandler = Undici.Dispatcher.DispatchHandler;

/** What of the handlers of undici's fetch is of interest here: they are of its older kind. */
interface Connecting {
  onConnect(abort: (reason: unknown) => void, context?: unknown): void;
  onError(error: unknown): void;
}

/**
 * A fetch and the body of its answer. It is stopped through a signal, or, where it stands between undici's fetch and its
 * dispatcher, by breaking off the request: undici spends as much on following a signal as on a tenth of a request.
 */
export class FetchWork extends BoundWork {
  private agent: Undici.Dispatcher | null = null;
  /** Breaks off the request that is under way. Several may follow each other, as fetch follows redirects. */
  private breakOff: ((reason: unknown) => void) | null = null;
  private stopped: { readonly reason: unknown } | null = null;

  /** Carries its requests over `agent` from here on: then it is itself the dispatcher to start the fetch with. */
  over(agent: Undici.Dispatcher): this {
    this.agent = agent;
    return this;
  }

  /** @internal What undici's fetch looks at, … */
  get isMockActive(): boolean {
    return (this.agent as { isMockActive?: boolean }).isMockActive === true;
  }

  /** @internal … and what it calls. */
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    const connecting = handler as unknown as Connecting;
    if (this.stopped !== null) {
      connecting.onError(this.stopped.reason);
      return false;
    }
    const { onConnect } = connecting;
    connecting.onConnect = (abort, context) => {
      this.breakOff = abort;
      onConnect.call(connecting, abort, context);
      if (this.stopped !== null) abort(this.stopped.reason);
    };
    return (this.agent as Undici.Dispatcher).dispatch(options, handler);
  }

  protected override stop(reason: unknown): void {
    super.stop(reason);
    if (this.agent === null || this.stopped !== null) return;
    this.stopped = { reason: reason ?? new DOMException('This operation was aborted', 'AbortError') };
    // At once, as undici's fetch would be by a signal, and with the reason itself.
    for (const reject of this.promises.values()) reject(this.stopped.reason);
    this.breakOff?.(this.stopped.reason);
  }
}
