import { type Waiter, WaitQueue } from './wait-queue.ts';

/** Stands in the line at a promise. */
export interface PromiseWaiter extends Waiter {
  /** Called, already out of the line, when the promise has settled. */
  promiseSettled(isRejected: boolean, result: unknown): void;
}

/**
 * A subscription to a native promise, which is the line of those that wait for it. A promise keeps all that subscribes to it until
 * it settles, so a wait that is cancelled leaves the line, and the subscription is shared by all later waits:
 *
 *     promise ─▶ subscription ─▶ waiter ⇄ waiter
 */
export class Subscription extends WaitQueue<PromiseWaiter> {
  isSettled = false;
  private isShared = false;

  /** Has later waits for the promise use this subscription. Most promises are waited for once, which needs no such entry. */
  share(promise: PromiseLike<unknown>): void {
    if (this.isShared || this.isSettled || shared.has(promise)) return;
    this.isShared = true;
    sharedCount += 1;
    shared.set(promise, this);
  }

  /** @internal */
  settle(promise: PromiseLike<unknown>, isRejected: boolean, result: unknown): void {
    this.isSettled = true;
    if (this.isShared) {
      sharedCount -= 1;
      shared.delete(promise);
    }
    for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) waiter.promiseSettled(isRejected, result);
  }
}

/** The subscriptions that are shared, of promises that have not settled. */
const shared = new WeakMap<object, Subscription>();
/** No fewer than there are: while it is 0, a wait need not look for one. Promises that are collected still count. */
let sharedCount = 0;

const { then } = Promise.prototype;

/**
 * Looks at what a caller hands over: a rejection of a promise never counts as unhandled from then on. Thenables that are no
 * native promises are left alone, since the `then()` of a lazy one begins its work.
 */
export function handOver(value: unknown): void {
  if (isPromise(value)) subscriptionTo(value)?.share(value);
}

/** The subscription to a native promise, made unless there is a shared one; null for everything else. */
export function subscriptionTo(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = sharedCount === 0 ? undefined : shared.get(promise);
  return subscription ?? (isPromise(promise) ? subscribe(promise) : null);
}

/** True for a promise whose `then()` is the language's own, so that a subscription is as good as a call of it. */
export function hasNativeThen(promise: PromiseLike<unknown>): boolean {
  return promise.then === then;
}

function subscribe(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = new Subscription();
  try {
    // The language's own method, also for a class that has another: that one may begin something.
    then.call(
      promise,
      (value) => subscription.settle(promise, false, value),
      (error) => subscription.settle(promise, true, error),
    );
  } catch {
    // It only looks like a promise, or its class cannot be derived from: its own then() is asked when somebody waits.
    return null;
  }
  return subscription;
}

/** Promises of other realms (a `vm` context, a frame) have another class. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return typeof value === 'object' && (value as Promise<unknown> | null)?.[Symbol.toStringTag] === 'Promise';
}
