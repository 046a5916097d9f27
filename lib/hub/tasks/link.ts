import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, frameOf } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { hub } from '../loop/hub.ts';
import { leaveQueue, type Waiter, type Waiting, type WaitQueue } from '../loop/wait-queue.ts';
import { isThenable } from '../parking/body.ts';
import { until } from '../parking/until.ts';
import { Crowd } from './end-waiters.ts';
import { Greenlet } from './greenlet.ts';
import { helper } from './helper.ts';

/** An object with an outcome, to which callbacks can be linked. */
export interface Linkable<T> {
  successful(): boolean;
  readonly value: T | undefined;
  readonly exception: unknown;
  /** True once its error was received. Left out by objects whose errors are not reported. */
  taken?: boolean;
  watch(waiter: Waiter): void;
}

/** An AsyncResult, which a link can set instead of calling a function. */
export interface Settable<T> {
  set(value: T): void;
  setException(error: unknown): void;
}

/**
 * A function that is called with the object it was linked to (a function* may block), or an AsyncResult to set. The function
 * type is written as a method, because TypeScript compares the parameters of methods both ways. Otherwise a Greenlet<number>
 * would not be a Greenlet.
 */
export type LinkTarget<T, S> = { call(source: S): unknown }['call'] | Settable<T>;

/** The outcomes that a link is called for. */
export type LinkKind = 'both' | 'value' | 'exception';

/**
 * A waiter that calls its target when the source has an outcome. It stays in the source's queue until the callback begins, so
 * that `unlink()` finds it there even after the source has ended.
 */
export class Link<T, S extends Linkable<T>> implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly target: LinkTarget<T, S>;
  readonly source: S;
  private readonly kind: LinkKind;
  /** True while its callback is in the run queue. */
  private isDue = false;

  /** @throws TypeError if the target is neither a function nor an AsyncResult */
  constructor(source: S, target: LinkTarget<T, S>, kind: LinkKind) {
    if (typeof target !== 'function' && typeof target?.setException !== 'function') {
      throw new TypeError(`link() takes a function or an AsyncResult, not ${typeof target}`);
    }
    this.source = source;
    this.target = target;
    this.kind = kind;
  }

  notify(): void {
    const { kind, source } = this;
    if (kind !== 'both' && source.successful() !== (kind === 'value')) return;
    source.watch(this);
    if (this.isDue) return;
    this.isDue = true;
    new Greenlet(follow, this).start();
  }

  /** Returns true if the callback must be called; false after an unlink. A callback takes the error of its source. */
  begin(): boolean {
    this.isDue = false;
    if (this.queue === null) return false;
    leaveQueue(this);
    if (this.source.taken !== undefined && this.kind !== 'value') this.source.taken = true;
    return true;
  }
}

/** Removes the first link of `target`. */
export function removeLink(queue: WaitQueue, target: unknown): void {
  for (const waiter of queue) {
    if (waiter instanceof Link && waiter.target === target) {
      queue.remove(waiter);
      return;
    }
  }
}

/** Removes the first link of `target` among the waiters of a greenlet. */
export function unlink(waiters: Waiter | Crowd | null, target: unknown): void {
  const first = waiters instanceof Crowd ? waiters.first : waiters;
  if (first instanceof Link && first.target === target) leaveQueue(first);
  else if (waiters instanceof Crowd) removeLink(waiters.others, target);
}

const follow = /* @__PURE__ */ helper(function* follow<T, S extends Linkable<T>>(link: Link<T, S>): Coroutine<void> {
  if (!link.begin()) return;
  const { source, target } = link;
  try {
    if (typeof target === 'function') {
      const result = target(source);
      const frame = frameOf(target, result) ?? (isThenable(result) ? until(result) : null);
      if (frame !== null) yield* frame;
    } else if (source.successful()) target.set(source.value as T);
    else target.setException(source.exception);
  } catch (error) {
    if (!isA(error, GreenletExit)) hub.tell(source instanceof RawGreenlet ? source : kernel.current, error);
  }
});
