import { type Waiter, WaitQueue } from '../loop/wait-queue.ts';

/** A waiter in the line of a promise. */
export interface PromiseWaiter extends Waiter {
  /** Called when the promise has settled, after the waiter was removed from the line. */
  promiseSettled(isRejected: boolean, result: unknown): void;
}

/**
 * A subscription to a native promise, with a line of waiters. A promise keeps every subscription until it settles. So that
 * cancelled waits do not pile up there, they only leave the line, and later waits share the subscription:
 *
 *     promise ─▶ subscription ─▶ waiter ⇄ waiter
 */
export class Subscription extends WaitQueue<PromiseWaiter> {
  isSettled = false;
  private isShared = false;

  /** Lets later waits for the promise use this subscription. Most promises are waited for once, so this is done on demand. */
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

/** The shared subscriptions of promises that have not settled. */
const shared = new WeakMap<object, Subscription>();
/** An upper bound of the entries in `shared`, because collected promises still count. While it is 0, a wait need not search. */
let sharedCount = 0;

const { then } = Promise.prototype;

/**
 * Subscribes to a promise that a caller hands over, so its rejection never counts as unhandled. Ignores other thenables, because
 * the `then()` of a lazy thenable begins its work.
 */
export function handOver(value: unknown): void {
  if (isPromise(value)) subscriptionTo(value)?.share(value);
}

/** Calls `handOver()` for each value. A call that is refused does this too, because it has received the promises. */
export function handOverAll(values: readonly unknown[]): void {
  for (const value of values) handOver(value);
}

/** The subscription to a native promise: the shared one, or a new one. Null for everything else. */
export function subscriptionTo(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = sharedCount === 0 ? undefined : shared.get(promise);
  return subscription ?? (isPromise(promise) ? subscribe(promise) : null);
}

/** True for a promise with the language's own `then()`. Then a subscription has the same effect as calling it. */
export function hasNativeThen(promise: PromiseLike<unknown>): boolean {
  return promise.then === then;
}

function subscribe(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = new Subscription();
  try {
    // The language's own method, even if the class overrides it, because the override may begin some work.
    then.call(
      promise,
      (value) => subscription.settle(promise, false, value),
      (error) => subscription.settle(promise, true, error),
    );
  } catch {
    // It only looks like a promise, or its class cannot be extended. Its own then() is called when a greenlet waits.
    return null;
  }
  return subscription;
}

/** Promises of other realms (a `vm` context, a frame) have another class. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return typeof value === 'object' && (value as Promise<unknown> | null)?.[Symbol.toStringTag] === 'Promise';
}
