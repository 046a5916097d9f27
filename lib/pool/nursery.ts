import { GreenletError, GreenletExit } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { counted, line, Shown, TEXT } from '../greenlet/shown.ts';
import { CancelScope } from '../hub/cancellation/cancel-scope.ts';
import { cancel, enterScope, isCancellation, leaveScope } from '../hub/cancellation/cancellation.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import { callBody } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { noteClaim } from '../hub/tasks/end-waiters.ts';
import { Greenlet, type Spawned } from '../hub/tasks/greenlet.ts';
import { isFailure } from '../hub/tasks/wait-for.ts';
import { AsyncResult } from '../sync/async-result.ts';
import { nameOf } from '../sync/named.ts';
import { Group } from './group.ts';
import { Member } from './member.ts';

/** A child calls this when it is ready, with the result of `start()`. */
export type Started<V> = (value: V) => void;

/** Spawns children; see `nursery()`. */
export class Nursery extends Shown {
  /** Its name in messages. */
  readonly name = nameOf('Nursery');
  private readonly owner: RawGreenlet;
  private readonly scope = new CancelScope('body');
  private readonly children = new Children(this);
  /** Children that have not called `started()` yet, with the result that `start()` waits for. */
  private readonly starting = new Map<Greenlet, AsyncResult<unknown>>();
  private readonly failures: unknown[] = [];
  private cancelled = false;
  private closed = false;

  /** @internal */
  constructor(owner: RawGreenlet) {
    super();
    this.owner = owner;
  }

  /** @internal */
  [TEXT](): string {
    const children = counted(this.size, 'child', 'children');
    const state = this.closed ? 'ended' : this.cancelled ? 'cancelled' : null;
    return line('Nursery', this.name, `opened by ${this.owner.name}`, children, state);
  }

  /** The number of children that have not ended. */
  get size(): number {
    return this.children.size;
  }

  /**
   * Spawns a child. Children may spawn more.
   *
   * @param fn usually a generator function; it may also be a plain or async function
   * @param args the arguments of `fn`
   * @returns the child. If the nursery is being cancelled, the child is killed before it runs
   * @throws GreenletError if the nursery has ended; TypeError if `fn` is not a function
   */
  spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
    const child = Greenlet.make<R>(fn, args);
    this.adopt(child);
    return child;
  }

  /**
   * Spawns a child and waits until the child reports that it is ready. It then continues like any other child. If the
   * wait is cancelled, the child is killed.
   *
   * @param fn its first argument is a function, which it calls when it is ready, with the result for `start()`
   * @param args the other arguments of `fn`
   * @returns an operation that gives the value that the child has passed
   * @throws an error of the child before it is ready, which is then not a failure of the nursery; GreenletError if the
   *   child ends before it is ready, or if the nursery has ended
   *
   * @example
   * const port = yield* n.start(function* (started: Started<number>) {
   *   const server = yield* listen();
   *   started(server.port);
   *   yield* server.serveForever();
   * });
   */
  start<V, A extends unknown[]>(fn: (started: Started<V>, ...args: A) => unknown, ...args: A): Operation<V> {
    checkedFunction(fn, 'start()');
    return operation(() => this.startingChild(fn, args), 'start()');
  }

  /** @internal Runs the body. Returns or throws once all children have ended. */
  *run<R>(body: (nursery: Nursery) => R): Coroutine<Spawned<R>> {
    const { owner, scope, children } = this;
    const call = callBody(() => body(this), 'nursery()');
    scope.floor = call;
    enterScope(owner, scope);
    let thrown: { readonly error: unknown } | null = null;
    let value: unknown;
    try {
      value = yield* call;
      while (children.size > 0) yield* children.join();
    } catch (error) {
      thrown = { error };
    } finally {
      if (thrown !== null || children.size > 0) yield* shield(() => this.end());
      this.closed = true;
      leaveScope(owner, scope);
    }
    // The error by which the nursery stops its body is not a failure, and neither is a kill or timeout from outside.
    if (thrown !== null && thrown.error !== scope.error && !isCancellation(owner, thrown.error)) {
      this.failures.push(thrown.error);
    }
    const { failures } = this;
    if (failures.length === 1) throw passedOn(failures[0]);
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} failures in ${this.name}`);
    if (thrown !== null) throw thrown.error;
    return value as Spawned<R>;
  }

  /** @internal */
  childEnded(child: Greenlet): void {
    const starting = this.starting.get(child);
    if (starting !== undefined) {
      this.starting.delete(child);
      starting.setException(
        child.successful()
          ? new GreenletError(`${child.name} ended before it was ready: it must call started()`)
          : child.exception,
      );
    } else if (isFailure(child)) {
      noteClaim(this.owner, child);
      this.fail(child.exception);
    }
  }

  private adopt(child: Greenlet): void {
    if (this.closed)
      throw new GreenletError(`${this.name} has ended: spawn ${child.name} before the nursery ends, or elsewhere`);
    if (this.cancelled) {
      this.children.add(child);
      child.kill();
    } else this.children.launch(new Member(this.children, child));
  }

  private *startingChild<V, A extends unknown[]>(
    fn: (started: Started<V>, ...args: A) => unknown,
    args: A,
  ): Coroutine<V> {
    const result = new AsyncResult<V>();
    result.name = `${fn.name || 'a child'} in ${this.name}`;
    let isStarted = false;
    const started: Started<V> = (value) => {
      if (isStarted) throw new GreenletError(`${child.name} called started() twice: call it once`);
      isStarted = true;
      // If `start()` no longer waits, the child is being killed.
      if (this.starting.delete(child)) result.set(value);
    };
    const child = Greenlet.make<unknown>(fn, [started, ...args]);
    this.starting.set(child, result as AsyncResult<unknown>);
    try {
      this.adopt(child);
      return yield* result.get();
    } catch (error) {
      if (!isStarted && child.dead) {
        if (error === child.exception) noteClaim(kernel.current, child);
        // The wait was cancelled in the step in which the child has failed.
        else child.disclaim();
      }
      throw error;
    } finally {
      if (this.starting.delete(child) && this.children.has(child)) yield* shield(child.kill());
    }
  }

  private fail(error: unknown): void {
    this.failures.push(error);
    if (this.cancelled) return;
    this.cancelled = true;
    const reason = new GreenletExit(`a child of ${this.name} has failed`);
    reason.cause = error;
    cancel(this.owner, this.scope, reason);
    this.children.kill({ reason });
  }

  private *end(): Coroutine<void> {
    this.cancelled = true;
    while (this.children.size > 0) {
      this.children.kill({ reason: new GreenletExit(`${this.name} was cancelled`) });
      yield* this.children.join();
    }
  }
}

/** The children of a nursery, which takes all of their errors. */
class Children extends Group {
  private readonly nursery: Nursery;

  constructor(nursery: Nursery) {
    super();
    this.nursery = nursery;
  }

  get place(): Nursery {
    return this.nursery;
  }

  override memberEnded(member: Member): void {
    member.greenlet.claim();
    this.nursery.childEnded(member.greenlet);
    super.memberEnded(member);
  }

  override describeWait(): string {
    const { size } = this;
    return `${size === 1 ? 'the child' : `the ${size} children`} of ${this.nursery.name} to end`;
  }
}

/**
 * Runs a body that may spawn children. It ends when the body and all children have ended, so no greenlet outlives it.
 * The first failure of a child or the body cancels all others. (These are trio's rules.)
 *
 * @param body called with the nursery; usually a generator function
 * @returns an operation that gives the body's result
 * @throws the failure, or an AggregateError if there are several; a killed child is not a failure
 *
 * @example
 * const total = yield* nursery(function* (n) {
 *   n.spawn(heartbeat);
 *   const pages = urls.map((url) => n.spawn(download, url));
 *   return yield* sum(pages);
 * });
 */
export function nursery<R>(body: (nursery: Nursery) => R): Operation<Spawned<R>>;
export function nursery<R>(body: (nursery: Nursery) => R, extra?: unknown): Operation<Spawned<R>> {
  if (extra !== undefined) refuseOptions(extra, 'nursery()', 'withTimeout(ms, nursery(…))');
  checkedFunction(body, 'nursery()');
  return operation(() => new Nursery(kernel.current).run(body), 'nursery()');
}
