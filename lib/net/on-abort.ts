import type { EventEmitter } from 'node:events';

/** A signal that may abort a request. */
export type Aborter = AbortSignal | EventEmitter;

/** The callbacks of one signal. */
class Followers {
  readonly callbacks = new Set<() => void>();
  private readonly signal: Aborter;
  private readonly listener = (): void => {
    this.end();
    for (const callback of [...this.callbacks]) callback();
  };

  constructor(signal: Aborter) {
    this.signal = signal;
    if ('addEventListener' in signal) signal.addEventListener('abort', this.listener);
    else if (typeof signal.on === 'function') signal.on('abort', this.listener);
    else throw new TypeError('the signal of a request must be an AbortSignal or an EventEmitter');
    followers.set(signal, this);
  }

  end(): void {
    const { listener, signal } = this;
    followers.delete(signal);
    if ('addEventListener' in signal) signal.removeEventListener('abort', listener);
    else signal.off('abort', listener);
  }
}

/** A signal shared by many requests gets only one listener, so that Node does not warn of a leak. */
const followers = new WeakMap<Aborter, Followers>();

/**
 * Calls a function when a signal is aborted.
 *
 * @returns a function that cancels this. Cancelling the last callback removes the listener from the signal
 * @throws TypeError if `signal` is neither an AbortSignal nor an EventEmitter
 */
export function onAbort(signal: Aborter, callback: () => void): () => void {
  const joined = followers.get(signal) ?? new Followers(signal);
  joined.callbacks.add(callback);
  return () => {
    joined.callbacks.delete(callback);
    if (joined.callbacks.size === 0 && followers.get(signal) === joined) joined.end();
  };
}
