import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { counted, line, Shown, TEXT } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedFunction, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, refuseOptions } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { Greenlet, type Spawned } from '../hub/tasks/greenlet.ts';
import type { Iteration } from '../hub/tasks/iteration.ts';
import { KILL_OPTIONS, type KillOptions } from '../hub/tasks/kill-options.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { isFailure, WaitFor } from '../hub/tasks/wait-for.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { nameOf } from '../sync/named.ts';
import { iterate, type MapOptions } from './imap.ts';
import { mapAll } from './map.ts';
import { Member } from './member.ts';
import { Members } from './members.ts';
import { type Source, takeSource } from './steps.ts';

export interface GroupJoinOptions extends TimeoutOption {
  /** Whether `join()` throws the earliest failure of a member, including members that failed before the join. */
  raiseError?: boolean | undefined;
}

const JOIN_OPTIONS: OptionNames<GroupJoinOptions> = { timeout: 'number', raiseError: 'boolean' };

/**
 * A set of greenlets that you can join and kill together. A member leaves the group when it ends.
 *
 * @example
 * const crawlers = new Group();
 * for (const url of seeds) crawlers.spawn(crawl, url);
 * yield* crawlers.join({ timeout: 60_000 });
 * yield* crawlers.kill();
 */
export class Group extends Shown implements Iterable<Greenlet>, Flag {
  /** Its name in messages. */
  name: string;
  protected readonly members = new Members();
  private readonly watchers = new WaitQueue();
  /** The greenlet of the earliest failure. */
  private failed: Greenlet | null = null;
  /** The number of current joins with `raiseError`. While there is one, they claim the earliest failure. */
  private raising = 0;

  constructor() {
    super();
    this.name = nameOf(new.target.name);
  }

  /** @internal */
  [TEXT](): string {
    return line(this.constructor.name, this.name, counted(this.size, 'member'), this.slotText());
  }

  /** Describes the free slots; null if there is no limit. */
  protected slotText(): string | null {
    return null;
  }

  /** The number of members. */
  get size(): number {
    return this.members.size;
  }

  /** True if it has no members, so that `join()` would not have to wait. */
  ready(): boolean {
    return this.members.size === 0;
  }

  /** True if a new member could not run at once. In a plain group it is always false. */
  full(): boolean {
    return false;
  }

  *[Symbol.iterator](): Generator<Greenlet, void, unknown> {
    for (const { greenlet } of this.members) yield greenlet;
  }

  /** Returns whether a greenlet is a member. */
  has(greenlet: Greenlet): boolean {
    return this.members.get(greenlet) !== undefined;
  }

  /**
   * Spawns a greenlet as a member. As with any greenlet, its error goes to the greenlets that join or get it.
   *
   * @param fn usually a generator function; it may also be a plain or async function
   * @param args the arguments of `fn`
   * @returns the member
   * @throws TypeError if `fn` is not a function
   */
  spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
    const greenlet = Greenlet.make<R>(fn, args);
    this.launch(new Member(this, greenlet));
    return greenlet;
  }

  /**
   * Makes a greenlet in any state a member until it ends. A pool starts an unstarted greenlet when there is a free
   * slot. A greenlet that was already started takes a slot at once, even if none is free.
   *
   * @throws TypeError if `greenlet` is not a Greenlet
   */
  add(greenlet: Greenlet): void {
    if (!(greenlet instanceof Greenlet)) throw new TypeError(`${this.name} takes only greenlets made by spawn()`);
    if (this.has(greenlet)) return;
    if (greenlet.ready()) this.noteFailure(greenlet);
    else this.admit(new Member(this, greenlet));
  }

  /** Removes a member, which continues to run. Does nothing if the greenlet is not a member. */
  discard(greenlet: Greenlet): void {
    const member = this.members.get(greenlet);
    if (member === undefined) return;
    member.discarded();
    this.remove(member);
  }

  /**
   * Waits until the group has no members.
   *
   * @param options `timeout` in milliseconds; `raiseError` to throw the earliest failure of a member once all have
   *   ended or the timeout has passed. It is thrown only once. All other failures are reported
   * @returns an operation that gives true, or false if the timeout passed first
   * @throws with `raiseError`, the earliest failure; a kill is not a failure
   */
  join(options?: GroupJoinOptions): Operation<boolean> {
    const wait = new FlagWait(this, checkedOptions(options, JOIN_OPTIONS, 'group.join()'));
    if (options?.raiseError !== true) return wait;
    excused(wait);
    return operation(() => this.joining(wait), 'join()');
  }

  /**
   * Kills all members. Takes effect at once, even if you do not wait. Members that have not run yet never
   * run.
   *
   * @param options as for `kill()` of a greenlet; `timeout` in milliseconds limits only the wait
   * @returns an operation that ends when all members are dead, or when the timeout passes
   */
  kill(options?: KillOptions): Operation<void> {
    const list = [...this];
    const { timeout, ...how } = checkedOptions(options, KILL_OPTIONS, 'group.kill()') ?? {};
    const dead = excused(new WaitFor(list, { timeout }, false));
    for (const greenlet of list) greenlet.kill(how);
    return excused(
      operation(function* () {
        yield* dead;
      }, 'kill()'),
    );
  }

  /**
   * Calls a function in a new member and waits for its result. If the wait is cancelled, the member is killed. If a
   * member of a full pool calls this, the function runs in that member, because a new one could never run.
   *
   * @param fn usually a generator function
   * @param args the arguments of `fn`
   * @returns an operation that gives the result of `fn`
   * @throws any error of `fn`
   */
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Operation<Spawned<R>> {
    checkedFunction(fn, 'apply()');
    return operation(() => this.applying(fn, args ?? ([] as unknown as A)) as Coroutine<Spawned<R>>, 'apply()');
  }

  /**
   * Calls a function in a new member. If it succeeds, calls a callback with its result.
   *
   * @param fn usually a generator function
   * @param args the arguments of `fn`
   * @param callback called with the result; its errors go to `hub.handleError`
   * @returns the member
   */
  applyAsync<A extends unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    callback?: (value: Spawned<R>) => unknown,
  ): Greenlet<Spawned<R>> {
    if (callback !== undefined) checkedFunction(callback, 'applyAsync()');
    const greenlet = this.spawn(fn, ...(args ?? ([] as unknown as A)));
    if (callback !== undefined) greenlet.linkValue((ended) => callback(ended.value as Spawned<R>));
    return greenlet;
  }

  /**
   * Calls a function with each item, in new members. A pool limits how many run at once.
   *
   * @param fn called with an item; usually a generator function
   * @param items an iterable or async iterable, a stream, a Queue (which ends when it is shut down) or an Iteration
   * @returns an operation that gives the results, in the order of the items
   * @throws the earliest failure of `fn` or of the items. Members that still run are killed and have ended before it is
   *   thrown
   *
   * @example
   * const pages = yield* new Pool(10).map(download, urls);
   */
  map<T, R>(fn: (item: T) => R, items: Source<T>): Operation<Spawned<R>[]>;
  map<T, R>(fn: (item: T) => R, items: Source<T>, extra?: unknown): Operation<Spawned<R>[]> {
    checkedFunction(fn, 'map(fn, items)');
    takeSource(items, 'map()');
    if (extra !== undefined) refuseOptions(extra, 'group.map()', 'withTimeout(ms, group.map(…))');
    return operation(() => mapAll<T, R>(this, fn, items), 'map()');
  }

  /**
   * The same, but gives the results one by one, in the order of the items, while members still work on later ones. It
   * begins with its first step. If the call for an item fails, the step for that item throws the error, and the next
   * step continues with the next item.
   *
   * If you end the iteration early (`break` in `for await`, an error in `forEach`, a kill of the consumer), the running
   * members are killed.
   *
   * @param fn called with an item; usually a generator function
   * @param items as for `map()`; may be endless
   * @param options `maxsize`: how many items may be in progress or finished but not taken yet. It counts as at least
   *   the size of the pool. By default it is twice the size of the pool, or 100 without a limit
   * @returns an iteration over the results
   *
   * @example
   * yield* forEach(pool.imap(download, urls), function* (page) { yield* save(page); });
   */
  imap<T, R>(fn: (item: T) => R, items: Source<T>, options?: MapOptions): Iteration<Spawned<R>> {
    return this.mapping(fn, items, true, options);
  }

  /** The same, but gives the results in the order in which they are finished. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Source<T>, options?: MapOptions): Iteration<Spawned<R>> {
    return this.mapping(fn, items, false, options);
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  describeWait(): string {
    const { size } = this.members;
    return `${size === 1 ? 'the member' : `the ${size} members`} of ${this.name} to end`;
  }

  /** @internal */
  blockers(): Iterable<RawGreenlet> {
    return this;
  }

  /** @internal How many members run at once. */
  get width(): number {
    return Infinity;
  }

  /** @internal Whether a greenlet waits for a free slot. */
  get isAwaited(): boolean {
    return false;
  }

  /** @internal True if the caller must run a function itself, because it occupies a slot of this full pool. */
  get runsInline(): boolean {
    return this.full() && this.has(ownerOf(kernel.current) as Greenlet);
  }

  /** @internal */
  memberEnded(member: Member): void {
    this.noteFailure(member.greenlet);
    this.remove(member);
  }

  /** @internal Adds a new member and starts it. */
  launch(member: Member): void {
    this.admit(member);
    member.greenlet.start();
  }

  protected admit(member: Member): void {
    this.members.add(member);
    member.greenlet.watch(member);
  }

  protected remove(member: Member): void {
    this.members.delete(member);
    if (this.members.size === 0) this.watchers.notifyAll();
  }

  private noteFailure(greenlet: Greenlet): void {
    if (this.failed !== null || !isFailure(greenlet)) return;
    this.failed = greenlet;
    if (this.raising > 0) greenlet.claim();
  }

  private *joining(wait: Operation<boolean>): Coroutine<boolean> {
    this.raising += 1;
    if (this.raising === 1) this.failed?.claim();
    try {
      const ended = yield* wait;
      const { failed } = this;
      if (failed === null) return ended;
      failed.taken = true;
      this.failed = null;
      throw passedOn(failed.exception);
    } finally {
      this.raising -= 1;
      if (this.raising === 0) this.failed?.disclaim();
    }
  }

  private *applying<A extends unknown[]>(fn: (...args: A) => unknown, args: A): Coroutine<unknown> {
    if (this.runsInline) return yield* callAndSettle(fn, ...args);
    const greenlet = this.spawn(fn, ...args);
    try {
      return yield* greenlet.get();
    } finally {
      if (!greenlet.dead) {
        greenlet.kill();
        // Does not take an error of its cleanup, which is reported.
        yield* shield(new WaitFor([greenlet], undefined, false));
      }
    }
  }

  private mapping<T, R>(
    fn: (item: T) => R,
    items: Source<T>,
    ordered: boolean,
    options: MapOptions | undefined,
  ): Iteration<Spawned<R>> {
    const caller = ordered ? 'imap()' : 'imapUnordered()';
    checkedFunction(fn, caller.replace('()', '(fn, items)'));
    return iterate<T, R>(this, fn, items, ordered, options, caller);
  }
}
