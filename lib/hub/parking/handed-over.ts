import { type Waiter, WaitQueue } from '../loop/wait-queue.ts';

/** A member of the line at a promise. */
export interface PromiseWaiter extends Waiter {
  /** Called, already out of the line, when the promise has settled. */
  promiseSettled(isRejected: boolean, result: unknown): void;
}

/**
 * A subscription to a native promise, with a line of waiters. A promise keeps every subscription until it settles. So a
 * cancelled wait leaves the line, and all later waits share the subscription:
 *
 *     promise ─▶ subscription ─▶ waiter ⇄ waiter
 */
export class Subscription extends WaitQueue<PromiseWaiter> {
  isSettled = false;
  private isShared = false;

  /** Lets later waits for the promise use this subscription. Most promises are waited for once and need no such entry. */
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
/** At least the number of shared ones: while it is 0, a wait need not search. Collected promises still count. */
let sharedCount = 0;

const { then } = Promise.prototype;

/**
 * Subscribes to a promise that a caller hands over, so its rejection never counts as unhandled. Leaves other thenables alone,
 * because the `then()` of a lazy one begins its work.
 */
export function handOver(value: unknown): void {
  if (isPromise(value)) subscriptionTo(value)?.share(value);
}

/** Does so with each of a list, for a call that is refused: its promises were handed over all the same. */
export function handOverAll(values: readonly unknown[]): void {
  for (const value of values) handOver(value);
}

/** The subscription to a native promise, made unless there is a shared one; null for everything else. */
export function subscriptionTo(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = sharedCount === 0 ? undefined : shared.get(promise);
  return subscription ?? (isPromise(promise) ? subscribe(promise) : null);
}

/** True for a promise with the language's own `then()`, so that a subscription replaces a call of it. */
export function hasNativeThen(promise: PromiseLike<unknown>): boolean {
  return promise.then === then;
}

function subscribe(promise: PromiseLike<unknown>): Subscription | null {
  const subscription = new Subscription();
  try {
    // The language's own method, even if the class has another, which may begin some work.
    then.call(
      promise,
      (value) => subscription.settle(promise, false, value),
      (error) => subscription.settle(promise, true, error),
    );
  } catch {
    // It only looks like a promise, or its class cannot be extended: we call its own then() when somebody waits.
    return null;
  }
  return subscription;
}

/** Promises of other realms (a `vm` context, a frame) have another class. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return typeof value === 'object' && (value as Promise<unknown> | null)?.[Symbol.toStringTag] === 'Promise';
}
