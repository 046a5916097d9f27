import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { counted, line, Shown, TEXT } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedFunction, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { passedOn } from '../hub/parking/where-raised.ts';
import { Greenlet, KILL_OPTIONS, type KillOptions, makeGreenlet, type Spawned } from '../hub/tasks/greenlet.ts';
import type { Iteration } from '../hub/tasks/iteration.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { WaitFor } from '../hub/tasks/wait.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { nameOf } from '../sync/named.ts';
import { iterate, type MapOptions } from './imap.ts';
import { mapAll } from './map.ts';
import { Member } from './member.ts';
import { Members } from './members.ts';
import { type Source, takeSource } from './steps.ts';

export interface GroupJoinOptions extends TimeoutOption {
  /** Whether the earliest failure in time is thrown, also of a member that had failed before the join. */
  raiseError?: boolean;
}

const JOIN_OPTIONS: OptionNames<GroupJoinOptions> = { timeout: 'number', raiseError: 'boolean' };

/**
 * Greenlets that belong together: they can be waited for and killed as one. A member leaves the group when it ends.
 *
 * @example
 * const crawlers = new Group();
 * for (const url of seeds) crawlers.spawn(crawl, url);
 * yield* crawlers.join({ timeout: 60_000 });
 * yield* crawlers.kill();
 */
export class Group extends Shown implements Iterable<Greenlet>, Flag {
  /** What messages call it. */
  name: string;
  protected readonly members = new Members();
  private readonly watchers = new WaitQueue();
  private failure: { readonly error: unknown } | null = null;
  /** How many joins under way throw what a member fails with. */
  private raising = 0;

  constructor() {
    super();
    this.name = nameOf(new.target.name);
  }

  /** @internal */
  [TEXT](): string {
    return line(this.constructor.name, this.name, counted(this.size, 'member'), this.slotText());
  }

  /** How many could run, in words; null where nothing limits that. */
  protected slotText(): string | null {
    return null;
  }

  /** How many members it has. */
  get size(): number {
    return this.members.size;
  }

  /** True when it has no members: `join()` would not have to wait. */
  ready(): boolean {
    return this.members.size === 0;
  }

  /** True when no member could run at once, which in a plain group is never so. */
  full(): boolean {
    return false;
  }

  *[Symbol.iterator](): Generator<Greenlet, void, unknown> {
    for (const { greenlet } of this.members) yield greenlet;
  }

  /** Whether a greenlet is a member. */
  has(greenlet: Greenlet): boolean {
    return this.members.get(greenlet) !== undefined;
  }

  /**
   * Makes a greenlet, starts it and adds it. Its error goes to who joins or gets it, as of any greenlet.
   *
   * @param fn usually a generator function; plain and async ones do too
   * @param args what it is called with
   * @throws TypeError when `fn` is not a function
   */
  spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
    const greenlet = makeGreenlet<R>(fn, args);
    this.launch(new Member(this, greenlet));
    return greenlet;
  }

  /**
   * Makes a greenlet a member until it ends; in what state it is does not matter. A pool starts one that was not started
   * when there is a slot for it; one that was takes a slot at once, even if there is none left.
   *
   * @throws TypeError when it is no Greenlet
   */
  add(greenlet: Greenlet): void {
    if (!(greenlet instanceof Greenlet)) throw new TypeError(`${this.name} takes greenlets that were made by spawn()`);
    if (this.has(greenlet)) return;
    if (greenlet.ready()) this.noteFailure(greenlet);
    else this.admit(new Member(this, greenlet));
  }

  /** Has a member leave, which goes on. Does nothing when it is none. */
  discard(greenlet: Greenlet): void {
    const member = this.members.get(greenlet);
    if (member === undefined) return;
    member.discarded();
    this.remove(member);
  }

  /**
   * Waits until it has no members.
   *
   * @param options `timeout` in milliseconds; `raiseError` to throw the earliest failure of a member when all have ended
   *   or the time is up. It counts once, and for all that failed before it: these were reported
   * @returns an operation for true, or false when the time was up first
   * @throws the failure, with `raiseError` (a kill is none)
   */
  join(options?: GroupJoinOptions): Operation<boolean> {
    const wait = new FlagWait(this, checkedOptions(options, JOIN_OPTIONS, 'group.join()'));
    return options?.raiseError === true ? operation(() => this.joining(wait), 'join()') : wait;
  }

  /**
   * Kills all members. Acts at once; those that have not run yet never will.
   *
   * @returns an operation for "they are all dead now", which gives up in silence when its time is up
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
   * Calls a function in a member and waits for its result; the member is killed when the wait is cancelled. Called by
   * a member of a pool that is full, it calls the function right there, as nothing else could ever run it.
   *
   * @returns an operation for what the function returns
   * @throws what it throws
   */
  apply<A extends unknown[], R>(fn: (...args: A) => R, args?: A): Operation<Spawned<R>> {
    checkedFunction(fn, 'apply()');
    return operation(() => this.applying(fn, args ?? ([] as unknown as A)) as Coroutine<Spawned<R>>, 'apply()');
  }

  /**
   * Calls a function in a member, and then, if it succeeded, a callback with its result.
   *
   * @param callback gets the result; what it throws goes to `hub.handleError`
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
   * Calls a function with each item, in members, as many at once as the group lets run.
   *
   * @param fn gets an item; usually a generator function
   * @param items an iterable, an async one, a stream, a Queue (which ends when it is shut down) or an Iteration
   * @returns an operation for the results, in the order of the items
   * @throws the failure that came first in time, when the members that still ran have been killed and have ended; what
   *   the iterable throws
   *
   * @example
   * const pages = yield* new Pool(10).map(download, urls);
   */
  map<T, R>(fn: (item: T) => R, items: Source<T>): Operation<Spawned<R>[]> {
    checkedFunction(fn, 'map(fn, items)');
    takeSource(items, 'map()');
    return operation(() => mapAll<T, R>(this, fn, items), 'map()');
  }

  /**
   * The same, giving results one after the other, in the order of the items, while others are still at work. Begins with
   * its first step. What an item's call throws is thrown in its place, and the next step goes on behind it.
   *
   * Ending the iteration early (`break` in `for await`, an error in `forEach`, a kill of who iterates) kills what is
   * under way.
   *
   * @param items may be endless
   * @param options `maxsize`: how many items may be at work or done and not given yet, but no fewer than run at once;
   *   twice as many as run at once unless given, or 100 where nothing limits these
   *
   * @example
   * yield* forEach(pool.imap(download, urls), function* (page) { yield* save(page); });
   */
  imap<T, R>(fn: (item: T) => R, items: Source<T>, options?: MapOptions): Iteration<Spawned<R>> {
    return this.mapping(fn, items, true, options);
  }

  /** The same, giving results in the order in which they are done. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Source<T>, options?: MapOptions): Iteration<Spawned<R>> {
    return this.mapping(fn, items, false, options);
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  describeWait(): string {
    return `the ${this.members.size} members of ${this.name} to end`;
  }

  /** @internal */
  blockers(): Iterable<RawGreenlet> {
    return this;
  }

  /** @internal How many members run at once. */
  get width(): number {
    return Infinity;
  }

  /** @internal Whether somebody waits for a member to be able to run at once. */
  get isAwaited(): boolean {
    return false;
  }

  /** @internal True where what the caller waits for has to be done by the caller, as nobody else could. */
  get runsInline(): boolean {
    return this.full() && this.has(ownerOf(kernel.current) as Greenlet);
  }

  /** @internal Whether what a member fails with goes to somebody who joins. */
  takesErrorOf(_greenlet: Greenlet): boolean {
    return this.raising > 0 && this.failure === null;
  }

  /** @internal */
  memberEnded(member: Member): void {
    this.noteFailure(member.greenlet);
    this.remove(member);
  }

  /** @internal Has a greenlet that is new come, and starts it. */
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
    if (greenlet.successful() || isA(greenlet.exception, GreenletExit)) return;
    this.failure ??= { error: greenlet.exception };
  }

  private *joining(wait: Operation<boolean>): Coroutine<boolean> {
    this.raising += 1;
    let ended: boolean;
    try {
      ended = yield* wait;
    } finally {
      this.raising -= 1;
    }
    const { failure } = this;
    if (failure === null) return ended;
    this.failure = null;
    throw passedOn(failure.error);
  }

  private *applying<A extends unknown[]>(fn: (...args: A) => unknown, args: A): Coroutine<unknown> {
    if (this.runsInline) return yield* callAndSettle(fn, ...args);
    const greenlet = this.spawn(fn, ...args);
    try {
      return yield* greenlet.get();
    } finally {
      if (!greenlet.dead) yield* shield(greenlet.kill());
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
