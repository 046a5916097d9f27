import { host } from '../../hub/loop/host.ts';

/** The receiving half of a channel. Keeps what arrives before there is a listener. */
export class Inbox {
  private listener: ((message: unknown) => void) | null = null;
  private readonly kept: unknown[] = [];
  private readonly closeListeners: (() => void)[] = [];
  private isClosed = false;

  onMessage(listener: (message: unknown) => void): void {
    this.listener = listener;
    for (const message of this.kept.splice(0)) this.deliver(message);
  }

  onClose(listener: () => void): void {
    if (this.isClosed) host.microtask(() => tried(listener));
    else this.closeListeners.push(listener);
  }

  deliver(message: unknown): void {
    const { listener } = this;
    if (listener === null) this.kept.push(message);
    else tried(() => listener(message));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const listener of this.closeListeners.splice(0)) tried(listener);
  }
}

/** An error of a listener is an uncaught one, and must not cost the messages that follow. */
function tried(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    host.throwLater(error);
  }
}
