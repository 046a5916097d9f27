/**
 * The engine of the combinators. It runs several bodies for one greenlet (the owner), each in its own greenlet (a
 * branch).
 *
 * In an exclusive combinator only one branch may succeed, so its branches take turns. A turn begins when a branch
 * receives something, and ends when the branch waits again or has ended. During a turn, the waits of the other branches
 * that would take something stand aside, and other wake-ups are delayed:
 *
 *     wait ─▶ a branch is due ─▶ others stand aside ─▶ its turn ─▶ ended: settled() decides
 *       ▲                                                 │waits again
 *       └────────── the others take part again ◀───────────┘
 *
 * So two branches never hold something at the same time, and a loser has taken nothing.
 */
import type { Aside, Branching } from '../greenlet/branching.ts';
import { GreenletExit } from '../greenlet/errors.ts';
import { kept } from '../greenlet/kept.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, excused } from '../greenlet/operation.ts';
import type { Unwinding } from '../greenlet/rarities.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { slots } from '../greenlet/slots.ts';
import { QUEUED, UNSTARTED } from '../greenlet/state.ts';
import type { Wait } from '../greenlet/wait.ts';
import {
  addResource,
  CancelScope,
  type Resource,
  removeResource,
  rootScope,
} from '../hub/cancellation/cancel-scope.ts';
import { cancel, enterScope, leaveScope } from '../hub/cancellation/cancellation.ts';
import { hub } from '../hub/loop/hub.ts';
import { stackless } from '../hub/loop/stackless.ts';
import type { Body } from '../hub/parking/body.ts';
import { letOthersRun } from '../hub/parking/let-others-run.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { Deque } from '../sync/deque.ts';
import { Branch, type Outcome } from './branch.ts';
import { BranchWait, isCommitted, LosersWait } from './branch-waits.ts';
import { Takers } from './takers.ts';
import { Turns } from './turns.ts';

/** What a combinator does with its bodies. */
export interface BranchPlan {
  /** The name of the combinator, for messages. */
  readonly what: string;
  readonly bodies: readonly Body<unknown>[];
  /** Whether only one body may succeed. If not, the bodies run concurrently without turns. */
  readonly exclusive: boolean;
  /** Called with each outcome. If it returns true, the combinator is decided and the other branches are cancelled. */
  settled(outcome: Outcome): boolean;
}

/** The branches of one combinator, from their start to the end of the last loser. */
export class Branches implements Branching, Aside {
  readonly owner: RawGreenlet;
  readonly plan: BranchPlan;
  private readonly branches: Branch[];
  /** The number of branches that have not ended. */
  private left: number;
  private readonly turns: Turns;
  /** Branches that have ended, and whose outcome `settled()` has not seen yet. */
  private readonly ended = new Deque<Branch>();
  /** Branches ended by the cancellation of the owner. It is raised in the owner. */
  private readonly cancelled = new Deque<Branch>();
  private reason: GreenletExit | null = null;
  private onTurn: RawGreenlet | null = null;
  /**
   * A branch that holds the result of its own combinator, whose losers have not ended. It has priority over all others.
   */
  private committed: RawGreenlet | null = null;
  private readonly takers = new Takers();
  private over = false;
  private hasWinner = false;
  /** The committed branch for which all others were cancelled; see `doomOthers()`. */
  private chosen: RawGreenlet | null = null;
  private losersWait: LosersWait | null = null;
  /** Created when somebody first listens, because few do. */
  private returnListeners: Set<() => void> | null = null;
  readonly wait: BranchWait;
  /** The index of each greenlet's branch, created when a name is first needed. */
  private indices: Map<RawGreenlet, number> | null = null;

  constructor(plan: BranchPlan, finished: ReadonlySet<number>) {
    this.owner = kernel.current;
    this.plan = plan;
    this.branches = [];
    for (const [index, body] of plan.bodies.entries()) {
      if (!finished.has(index)) this.branches.push(new Branch(this, index, body));
    }
    this.left = this.branches.length;
    this.turns = new Turns(this);
    // Excused, because it is not used if a branch decides at its first turn.
    this.wait = excused(new BranchWait(this));
  }

  *run(): Coroutine<void> {
    const { owner, wait } = this;
    // Kills and deadlines of the owner are raised only where it waits. So a branch that has taken something wins.
    const shield = new CancelScope('shield');
    enterScope(owner, shield);
    try {
      if (this.plan.exclusive) for (const { greenlet } of this.branches) this.turns.addReady(greenlet);
      // In a cancelled greenlet, no branch begins.
      else if (!isCancelled(owner, shield)) for (const { greenlet } of this.branches) greenlet.start();
      for (;;) {
        const isOwnerCancelled = isCancelled(owner, shield);
        if (this.committed === null && this.isDecided(isOwnerCancelled)) break;
        const next = this.nextTurn(isOwnerCancelled);
        if (next !== undefined) {
          yield* this.turnOf(next);
          continue;
        }
        if (this.committed !== null) {
          if (isOwnerCancelled) this.doomOthers(shield);
          yield* this.waitForCommitted(shield);
          continue;
        }
        leaveScope(owner, shield);
        // The wait is about to raise what is pending. Until then, no branch may take anything.
        if (owner.pending !== null) this.standAside();
        try {
          yield* wait;
        } finally {
          enterScope(owner, shield);
        }
      }
    } finally {
      yield* this.end();
      leaveScope(owner, shield);
      this.tellReturn();
    }
  }

  onReturn(listener: () => void): boolean {
    if (!this.plan.exclusive) return false;
    this.returnListeners ??= new Set();
    this.returnListeners.add(listener);
    return true;
  }

  offReturn(listener: () => void): boolean {
    return this.returnListeners?.delete(listener) === true;
  }

  private tellReturn(): void {
    const listeners = this.returnListeners;
    this.returnListeners = null;
    if (listeners !== null) for (const listener of listeners) listener();
  }

  /** Called when a branch is due to be resumed; false delays it until its turn. */
  admit(branch: RawGreenlet, waited: Wait | null): boolean {
    if (this.over || !this.plan.exclusive || (this.chosen !== null && branch !== this.chosen)) return true;
    if (branch === this.onTurn) this.onTurn = null;
    if (branch === this.committed || waited?.mayHold === true) this.turns.addHolder(branch);
    else this.turns.addReady(branch);
    if (branch === this.committed) this.committed = null;
    this.standAside();
    this.wait.wake();
    return false;
  }

  get hasHolders(): boolean {
    return this.turns.hasHolders;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** True if the result is certain but losers still run. Nothing may cancel the owner before they have ended. */
  get isCommitted(): boolean {
    return this.over ? this.plan.exclusive && this.hasWinner : this.committed !== null;
  }

  get size(): number {
    return this.branches.length;
  }

  get hasLosers(): boolean {
    return this.left > 0;
  }

  nameOf(greenlet: RawGreenlet): string {
    this.indices ??= new Map(this.branches.map((branch) => [branch.greenlet, branch.index]));
    return `${this.plan.what}[${this.indices.get(greenlet)}] of ${this.owner.name}`;
  }

  hasEnded(branch: Branch): void {
    this.left -= 1;
    // Whatever a branch ends with after it was cancelled in favour of another one, that one decides.
    const isDoomed = this.chosen !== null && branch.greenlet !== this.chosen;
    const wasCancelled = isDoomed || (this.reason !== null && branch.greenlet.exception === this.reason);
    (wasCancelled ? this.cancelled : this.ended).add(branch);
    this.wait.wake();
    if (this.left === 0) this.losersWait?.wake();
  }

  hasNews(): boolean {
    if (this.committed !== null) return this.hasHolders;
    return this.hasHolders || this.ended.size > 0 || (this.turns.hasReady && this.owner.pending === null);
  }

  *alive(): Generator<Greenlet, void, unknown> {
    for (const { greenlet } of this.branches) if (!greenlet.dead) yield greenlet;
  }

  /** True if a wait stands aside, or has left its line while an outer combinator made all waits stand aside. */
  get areAside(): boolean {
    return this.takers.areAside || this.takers.haveLeft;
  }

  /** Makes all waits that would take something stand aside. */
  standAside(): void {
    this.takers.standAside();
  }

  isAside(greenlet: RawGreenlet): boolean {
    return (this.takers.areAside && greenlet !== this.onTurn) || this.isOwnerAside;
  }

  setAside(greenlet: RawGreenlet, aside: Aside): void {
    const { owner, takers } = this;
    takers.add(greenlet, aside);
    // An outer combinator that made it stand aside must let it return.
    if (!takers.areAside) owner.branching?.setAside(owner, this);
  }

  /** True while this whole combinator is a branch that stands aside. */
  private get isOwnerAside(): boolean {
    const { owner } = this;
    return owner.branching !== null && owner.waiting === this.wait && owner.branching.isAside(owner);
  }

  /** Lets waits that stand aside take what is available, until one succeeds. Returns whether one did. */
  tryAgain(): boolean {
    return this.takers.tryAgain();
  }

  /** Puts the waits that stand aside back into their places. */
  standAgain(): void {
    this.takers.standAgain();
  }

  /** Cancels a branch that has not started. */
  cancel(greenlet: RawGreenlet): void {
    cancel(greenlet, rootScope(greenlet), this.exit());
  }

  /** Waits inside the shield, and also ends when the owner is cancelled, which the shield hides. */
  private *waitForCommitted(shield: CancelScope): Coroutine<void> {
    const { owner, wait } = this;
    const cancellation: Resource = { scope: null, release: () => wait.wake() };
    addResource(shield.outer ?? rootScope(owner), cancellation);
    try {
      yield* wait;
    } finally {
      removeResource(cancellation);
    }
  }

  /**
   * Cancels all branches but the committed one, because the cancelled owner cannot wait for them any more. Its losers may wait
   * for a lock that one of these branches holds, so they must run. An alarm of the owner may be withdrawn; a cancelled scope stays.
   */
  private doomOthers(shield: CancelScope): void {
    if (this.chosen !== null || !(pendingOutside(this.owner, shield) instanceof CancelScope)) return;
    const { committed } = this;
    this.chosen = committed;
    const reason = this.exit();
    for (const { greenlet } of this.branches) if (greenlet !== committed && !greenlet.dead) greenlet.kill({ reason });
    this.releaseReady();
    this.takers.release();
  }

  private isDecided(isOwnerCancelled: boolean): boolean {
    const { cancelled, ended, plan } = this;
    while (ended.size > 0) {
      const outcome = ended.take().settlement();
      if (!plan.settled(outcome)) continue;
      this.hasWinner = outcome.ok;
      return true;
    }
    if (this.left > 0) return false;
    if (cancelled.size > 0 && isOwnerCancelled) return false;
    while (cancelled.size > 0) if (plan.settled(cancelled.take().settlement())) return true;
    return true;
  }

  /** The branch whose turn is next; undefined if all branches wait. */
  private nextTurn(isOwnerCancelled: boolean): RawGreenlet | undefined {
    const { turns } = this;
    if (this.committed !== null) return turns.nextHolder();
    return isOwnerCancelled ? turns.nextOfCancelled() : turns.next();
  }

  /** Resumes a branch, and returns when it waits again or has ended. */
  private *turnOf(greenlet: RawGreenlet): Coroutine<void> {
    if (greenlet.dead) return;
    this.standAside();
    this.onTurn = greenlet;
    if (greenlet.state === UNSTARTED) {
      kept.add(greenlet);
      kernel.observer?.spawned(greenlet);
    }
    hub.enqueue(greenlet);
    while (this.onTurn === greenlet && (greenlet.isQueued || greenlet.state === UNSTARTED)) {
      yield* letOthersRun;
    }
    this.onTurn = null;
    this.takers.forget(greenlet);
    if (isCommitted(greenlet.waiting)) this.committed = greenlet;
  }

  /** The error that ends the losers. */
  private exit(): GreenletExit {
    this.reason ??= stackless(() => new GreenletExit(`${this.plan.what} was decided without it, or cancelled`));
    return this.reason;
  }

  /** Cancels the losers, and waits until they have ended. */
  private *end(): Coroutine<void> {
    this.over = true;
    while (this.ended.size > 0) this.ended.take().disclaim();
    const losers = this.branches.filter(({ greenlet }) => !greenlet.dead);
    if (losers.length > 0) {
      const reason = this.exit();
      for (const { greenlet } of losers) greenlet.kill({ reason });
    }
    this.releaseReady();
    // Losers that still wait are inside a shield. They end when they have what they wait for.
    this.takers.release();
    // Losers whose cleanup does not block end now. The owner does not wait here, so nothing else runs in between.
    let ending = losers.filter(({ greenlet }) => greenlet.isQueued);
    while (ending.length > 0) {
      yield* letOthersRun;
      ending = ending.filter(({ greenlet }) => greenlet.isQueued);
    }
    if (this.left > 0) {
      this.losersWait = excused(new LosersWait(this));
      yield* this.losersWait;
    }
  }

  /** Runs the branches that have not had their turn. */
  private releaseReady(): void {
    const { turns } = this;
    while (turns.hasHolders) hub.enqueue(turns.nextHolder() as RawGreenlet);
    for (const greenlet of turns.drain()) {
      if (!greenlet.isQueued) continue;
      // The branch was woken, but must not take anything now.
      if (greenlet.pending !== null && greenlet.state === QUEUED) slots.deliver(greenlet);
      else hub.enqueue(greenlet);
    }
  }
}

/** True if something outside the shield is pending for the owner. */
function isCancelled(owner: RawGreenlet, shield: CancelScope): boolean {
  return pendingOutside(owner, shield) !== null;
}

function pendingOutside(owner: RawGreenlet, shield: CancelScope): Unwinding | null {
  leaveScope(owner, shield);
  const { pending } = owner;
  enterScope(owner, shield);
  return pending;
}
