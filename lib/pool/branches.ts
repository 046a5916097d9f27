/**
 * Several operations at once on behalf of one greenlet, each in a greenlet of its own (a branch), which is what the
 * combinators are made of.
 *
 * Where only one branch may succeed, the branches take turns. A branch has its turn from the moment something was handed
 * over to it until it waits again or has ended; meanwhile the waits of the others that would take something stand aside,
 * and what else would resume them is put off:
 *
 *     wait ─▶ a branch is due ─▶ others stand aside ─▶ its turn ─▶ ended: settled() decides
 *       ▲                                                 │waits again
 *       └────────── the others stand in line again ◀──────┘
 *
 * So no two branches ever hold something at the same time, and a loser has taken nothing.
 */
import { GreenletExit } from '../greenlet/errors.ts';
import { kept } from '../greenlet/kept.ts';
import { kernel, RESUMED } from '../greenlet/kernel.ts';
import { type Coroutine, excused } from '../greenlet/operation.ts';
import type { Branching, RawGreenlet, Wait } from '../greenlet/raw-greenlet.ts';
import { isQueued, QUEUED, UNSTARTED } from '../greenlet/state.ts';
import {
  CancelScope,
  cancelScope,
  enterScope,
  leaveScope,
  rootScope,
  wasRaised,
} from '../hub/cancellation/cancel-scope.ts';
import { checkedItems } from '../hub/checks/checks.ts';
import { getHub } from '../hub/loop/hub.ts';
import { stackless } from '../hub/loop/stackless.ts';
import type { Waiter, Waiting } from '../hub/loop/wait-queue.ts';
import { type Body, takeBody } from '../hub/parking/body.ts';
import { handOverAll } from '../hub/parking/handed-over.ts';
import { letOthersRun } from '../hub/parking/let-others-run.ts';
import { isWait } from '../hub/parking/prompt.ts';
import { PromiseWait } from '../hub/parking/until.ts';
import { type ErrorTaker, Greenlet, makeGreenlet } from '../hub/tasks/greenlet.ts';
import { isFailure } from '../hub/tasks/wait.ts';
import { Deque } from '../sync/deque.ts';
import { BranchWait, canStandAside, isCommitted, LosersWait, mayHold } from './branch-waits.ts';
import { Takers } from './takers.ts';

const hub = getHub();

/** How a branch ended. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly index: number; readonly value: T }
  | { readonly ok: false; readonly index: number; readonly error: unknown };

export interface BranchPlan {
  /** What the caller is called, for messages. */
  readonly what: string;
  readonly bodies: readonly Body<unknown>[];
  /** Whether only one of them may succeed; else they simply run at the same time. */
  readonly exclusive: boolean;
  /** Called with each outcome; true ends it, and all that have not ended are cancelled. */
  settled(outcome: Outcome): boolean;
}

/** @throws TypeError when one is neither a function nor an operation nor a promise */
export function checkedBodies(bodies: Iterable<Body<unknown>>, caller: string): Body<unknown>[] {
  const list = checkedItems(bodies, caller, 'operations');
  try {
    return list.map((body) => {
      const taken = takeBody(body, caller);
      if (taken instanceof PromiseWait) taken.share();
      return taken;
    });
  } catch (error) {
    handOverAll(list);
    throw error;
  }
}

/** Runs the branches until it is decided, and returns when all have ended. */
export function* runBranches(plan: BranchPlan): Coroutine<void> {
  const finished = new Set<number>();
  if (plan.exclusive && settleAtOnce(plan, finished)) return;
  yield* new Branches(plan, finished).run();
}

/** Tries what needs no branch, up to the first body that does: those before it come first. True when that decides. */
function settleAtOnce({ bodies, settled }: BranchPlan, finished: Set<number>): boolean {
  for (const [index, body] of bodies.entries()) {
    if (!isWait(body)) return false;
    let outcome: Outcome;
    try {
      if (!body.finishNow()) continue;
      outcome = { ok: true, index, value: body.value };
    } catch (error) {
      outcome = { ok: false, index, error };
    }
    finished.add(index);
    if (settled(outcome)) return true;
  }
  return false;
}

/** Whose turn it is among branches that exclude each other, and what is put off until then. */
export class Branches implements Branching {
  readonly owner: RawGreenlet;
  readonly plan: BranchPlan;
  private readonly branches: Branch[];
  /** The number of branches that have not ended. */
  private left: number;
  /** To be resumed, or started, in this order, each when it has its turn. */
  private ready = new Deque<RawGreenlet>();
  /** To be resumed before all others, as they may have taken something. */
  private readonly holders = new Deque<RawGreenlet>();
  /** How many more turns there are in this round; null when there was none since all were in line. */
  private leftInRound: number | null = null;
  /** The branches woken before the owner was cancelled: they still have their turn. Null while the owner is not cancelled. */
  private grace: Deque<RawGreenlet> | null = null;
  /** Ended, and not looked at yet. */
  private readonly ended = new Deque<Branch>();
  /** Ended by the cancellation of the owner, which is to be raised there. */
  private readonly cancelled = new Deque<Branch>();
  private reason: GreenletExit | null = null;
  private onTurn: RawGreenlet | null = null;
  /** A branch that holds the result of its own combinator, whose losers have not ended. It has priority over all others. */
  private committed: RawGreenlet | null = null;
  private readonly takers = new Takers(canStandAside);
  private over = false;
  private hasWinner = false;
  private losersWait: LosersWait | null = null;
  private readonly wait: BranchWait;
  /** Which branch each greenlet is; made when a name is first asked for. */
  private indices: Map<RawGreenlet, number> | null = null;

  constructor(plan: BranchPlan, finished: ReadonlySet<number>) {
    this.owner = kernel.current;
    this.plan = plan;
    this.branches = [];
    for (const [index, body] of plan.bodies.entries()) {
      if (!finished.has(index)) this.branches.push(new Branch(this, index, body));
    }
    this.left = this.branches.length;
    // A branch that decides at its first turn leaves nothing to wait for.
    this.wait = excused(new BranchWait(this));
  }

  *run(): Coroutine<void> {
    const { owner, wait } = this;
    // What is pending for the owner is raised where it waits, and nowhere else: a branch that has taken something wins.
    const shield = new CancelScope('shield');
    enterScope(owner, shield);
    try {
      if (this.plan.exclusive) for (const { greenlet } of this.branches) this.ready.add(greenlet);
      // In a cancelled greenlet nothing begins.
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
          yield* wait;
          continue;
        }
        leaveScope(owner, shield);
        // What is pending is raised instead of the wait, and by the time it comes nobody may have taken anything.
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
    }
  }

  /** A branch is due to be resumed; false puts that off. */
  admit(branch: RawGreenlet, waited: Wait | null): boolean {
    if (this.over || !this.plan.exclusive) return true;
    if (branch === this.onTurn) this.onTurn = null;
    (branch === this.committed || mayHold(waited) ? this.holders : this.ready).add(branch);
    if (branch === this.committed) this.committed = null;
    this.standAside();
    this.wait.wake();
    return false;
  }

  get hasHolders(): boolean {
    return this.holders.size > 0;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** True if the result is certain although it has not ended: nothing may cancel its owner before. */
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
    const wasCancelled = this.reason !== null && branch.greenlet.exception === this.reason;
    (wasCancelled ? this.cancelled : this.ended).add(branch);
    this.wait.wake();
    if (this.left === 0) this.losersWait?.wake();
  }

  hasNews(): boolean {
    if (this.committed !== null) return this.hasHolders;
    return this.holders.size + this.ended.size > 0 || (this.ready.size > 0 && this.owner.pending === null);
  }

  *alive(): Generator<Greenlet, void, unknown> {
    for (const { greenlet } of this.branches) if (!greenlet.dead) yield greenlet;
  }

  /** Has all waits that would take something leave their lines. */
  standAside(): void {
    const { takers } = this;
    if (takers.areAside) return;
    // Without turns, nothing has recorded which branches wait to take something.
    if (!this.plan.exclusive) for (const greenlet of this.alive()) takers.note(greenlet);
    takers.standAside();
  }

  /** Lets branches that stand aside take what is available, until one succeeds; true if one does. */
  retryAside(): boolean {
    return this.takers.retry();
  }

  /** Has those that stand aside take their places again. */
  standAgain(): void {
    this.takers.standAgain();
    if (!this.plan.exclusive) this.takers.clear();
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

  /** Whose turn is next; nobody's when all wait, and their waits are in line again. */
  private nextTurn(isCancelled: boolean): RawGreenlet | undefined {
    const { holders } = this;
    if (this.committed !== null) return takeFrom(holders);
    if (isCancelled) return takeFrom(holders) ?? this.nextUnstarted() ?? takeFrom(this.inGrace());
    if (this.grace !== null) this.endGrace();
    if (holders.size === 0) this.beginRound();
    if (holders.size > 0) return holders.take();
    if (this.leftInRound !== null) this.leftInRound -= 1;
    return takeFrom(this.ready);
  }

  /** The next branch that has not started. It is cancelled too: it runs up to its first wait, which does not begin. */
  private nextUnstarted(): RawGreenlet | undefined {
    if (this.ready.size === 0 || this.ready.first().state !== UNSTARTED) return undefined;
    const greenlet = this.ready.take();
    cancelScope(greenlet, rootScope(greenlet), this.exit());
    return greenlet;
  }

  /** The branches woken before the owner was cancelled. No others go on. */
  private inGrace(): Deque<RawGreenlet> {
    if (this.grace === null) {
      const grace = new Deque<RawGreenlet>();
      const others = new Deque<RawGreenlet>();
      while (this.ready.size > 0) {
        const greenlet = this.ready.take();
        (wasWoken(greenlet) ? grace : others).add(greenlet);
      }
      this.grace = grace;
      this.ready = others;
    }
    return this.grace;
  }

  /** The owner is no longer cancelled: the reason has been withdrawn. */
  private endGrace(): void {
    const grace = this.grace as Deque<RawGreenlet>;
    this.grace = null;
    while (grace.size > 0) this.ready.add(grace.take());
  }

  /**
   * Those who are ready have their turns in rounds, and between two rounds those who stand aside look whether there is
   * something for them: branches that go on all the time are not to keep the others from what they wait for.
   */
  private beginRound(): void {
    const { ready, leftInRound } = this;
    if (ready.size === 0) {
      this.leftInRound = null;
      if (this.takers.areAside && !this.retryAside()) this.standAgain();
    } else if (leftInRound === null || leftInRound === 0) {
      if (leftInRound === 0 && ready.first().state !== UNSTARTED) this.retryAside();
      this.leftInRound = ready.size;
    }
  }

  /** Resumes a branch, and returns when it waits again or has ended. */
  private *turnOf(greenlet: RawGreenlet): Coroutine<void> {
    if (greenlet.dead) return;
    this.standAside();
    this.onTurn = greenlet;
    if (greenlet.state === UNSTARTED) kept.add(greenlet);
    hub.enqueue(greenlet);
    while (this.onTurn === greenlet && (isQueued(greenlet.state) || greenlet.state === UNSTARTED)) {
      yield* letOthersRun;
    }
    this.onTurn = null;
    if (isCommitted(greenlet.waiting)) this.committed = greenlet;
    else this.takers.note(greenlet);
  }

  /** The error that ends the losers. */
  private exit(): GreenletExit {
    this.reason ??= stackless(() => new GreenletExit(`${this.plan.what} was decided without it, or cancelled`));
    return this.reason;
  }

  /** Cancels those that have not ended, and waits until they have. */
  private *end(): Coroutine<void> {
    this.over = true;
    const losers = this.branches.filter(({ greenlet }) => !greenlet.dead);
    if (losers.length > 0) {
      const reason = this.exit();
      for (const { greenlet } of losers) greenlet.kill({ reason });
    }
    while (this.holders.size > 0) hub.enqueue(this.holders.take());
    if (this.grace !== null) this.endGrace();
    while (this.ready.size > 0) {
      const greenlet = this.ready.take();
      if (!isQueued(greenlet.state)) continue;
      // It was woken, but has not gone on, and is not to take anything now.
      if (greenlet.pending !== null && greenlet.state === QUEUED) kernel.raisePending(greenlet);
      else hub.enqueue(greenlet);
    }
    // Branches that still wait are shielded, and end when they have what they wait for.
    this.takers.release();
    // Those that do not block in their cleanup end now, without a wait during which others could go on.
    let ending = losers.filter(({ greenlet }) => isQueued(greenlet.state));
    while (ending.length > 0) {
      yield* letOthersRun;
      ending = ending.filter(({ greenlet }) => isQueued(greenlet.state));
    }
    if (this.left > 0) {
      this.losersWait = excused(new LosersWait(this));
      yield* this.losersWait;
    }
  }
}

function takeFrom(line: Deque<RawGreenlet>): RawGreenlet | undefined {
  return line.size === 0 ? undefined : line.take();
}

/** True when something outside of the shield is pending for the owner. */
function isCancelled(owner: RawGreenlet, shield: CancelScope): boolean {
  leaveScope(owner, shield);
  const { pending } = owner;
  enterScope(owner, shield);
  return pending !== null;
}

/** True for what is not ready by itself, but because what it waited for has happened. */
function wasWoken(greenlet: RawGreenlet): boolean {
  return greenlet.input !== RESUMED;
}

/** One of the bodies, in a greenlet of its own. Its outcome goes to the plan. */
class Branch implements ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly index: number;
  readonly greenlet: Greenlet;
  private readonly body: Body<unknown>;
  private readonly branches: Branches;

  constructor(branches: Branches, index: number, body: Body<unknown>) {
    this.branches = branches;
    this.index = index;
    this.body = body;
    this.greenlet = makeGreenlet(typeof body === 'function' ? body : () => body, []);
    this.greenlet.rare.branching = branches;
    this.greenlet.watch(this);
  }

  /** What it throws goes to the plan; but not what it throws while it is cancelled, which nobody waits for. */
  get takesErrors(): boolean {
    return !wasRaised(this.greenlet);
  }

  settlement(): Outcome {
    const { greenlet, index } = this;
    return greenlet.successful()
      ? { ok: true, index, value: greenlet.value }
      : { ok: false, index, error: greenlet.exception };
  }

  notify(): void {
    const { body, branches, greenlet } = this;
    branches.hasEnded(this);
    // The failure of a greenlet that a loser has got goes to nobody: it counts as not taken.
    if (branches.isOver && body instanceof Greenlet && body.dead && body.exception === greenlet.exception) {
      body.taken = false;
      if (isFailure(body)) hub.reportUnlessTaken(body);
    }
  }
}
