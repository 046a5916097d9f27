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
import { type Coroutine, excused, isOperation } from '../greenlet/operation.ts';
import type { Branching, RawGreenlet, Wait } from '../greenlet/raw-greenlet.ts';
import { isQueued, PARKED, QUEUED, UNSTARTED } from '../greenlet/state.ts';
import { type Body, takeBody } from '../hub/body.ts';
import { CancelScope, enterScope, leaveScope, wasRaised } from '../hub/cancel-scope.ts';
import { type ErrorTaker, Greenlet, makeGreenlet } from '../hub/greenlet.ts';
import { getHub } from '../hub/hub.ts';
import { letOthersRun } from '../hub/let-others-run.ts';
import { isWait } from '../hub/prompt.ts';
import { Suspension } from '../hub/suspension.ts';
import { TakingSuspension } from '../hub/taking.ts';
import { PromiseWait } from '../hub/until.ts';
import { isFailure, WaitFor } from '../hub/wait.ts';
import type { Waiter, Waiting } from '../hub/wait-queue.ts';

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
  if (typeof (bodies as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function' || isOperation(bodies)) {
    throw new TypeError(`${caller} takes a list of operations, as in ${caller.replace('()', '([a, b])')}`);
  }
  return Array.from(bodies, (body) => {
    const taken = takeBody(body, caller);
    if (taken instanceof PromiseWait) taken.share();
    return taken;
  });
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
class Branches implements Branching {
  readonly owner: RawGreenlet;
  readonly plan: BranchPlan;
  private readonly branches: Branch[];
  /** To be resumed, or started, in this order, each when it has its turn. */
  private readonly ready: RawGreenlet[];
  /** To be resumed before all others, as they may have taken something. */
  private readonly holders: RawGreenlet[] = [];
  /** How many more turns there are in this round; null when there was none since all were in line. */
  private leftInRound: number | null = null;
  /** How many of those that are ready still have their turn although the owner is cancelled: they were ready before. */
  private grace: number | null = null;
  /** Ended, and not looked at yet. */
  private readonly ended: Branch[] = [];
  private onTurn: RawGreenlet | null = null;
  /** The waits that stand aside while one has its turn, or null while nobody has. */
  private aside: Aside[] | null = null;
  private over = false;
  private readonly wait: BranchWait;

  constructor(plan: BranchPlan, finished: ReadonlySet<number>) {
    this.owner = kernel.current;
    this.plan = plan;
    this.branches = [];
    for (const [index, body] of plan.bodies.entries()) {
      if (!finished.has(index)) this.branches.push(new Branch(this, index, body));
    }
    this.ready = this.branches.map((branch) => branch.greenlet);
    // A branch that decides at its first turn leaves nothing to wait for.
    this.wait = excused(new BranchWait(this));
  }

  *run(): Coroutine<void> {
    const { owner, wait } = this;
    // What is pending for the owner is raised where it waits, and nowhere else: a branch that has taken something wins.
    const shield = new CancelScope('shield');
    enterScope(owner, shield);
    try {
      if (!this.plan.exclusive) this.startAll();
      while (!this.isDecided()) {
        const next = this.nextTurn(isCancelled(owner, shield));
        if (next !== undefined) {
          yield* this.turnOf(next);
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
    (mayHold(waited) ? this.holders : this.ready).push(branch);
    this.standAside();
    this.wait.wake();
    return false;
  }

  get hasHolders(): boolean {
    return this.holders.length > 0;
  }

  get isOver(): boolean {
    return this.over;
  }

  nameOf(greenlet: RawGreenlet): string {
    const index = this.branches.find((branch) => branch.greenlet === greenlet)?.index;
    return `${this.plan.what}[${index}] of ${this.owner.name}`;
  }

  hasEnded(branch: Branch): void {
    this.ended.push(branch);
    this.wait.wake();
  }

  hasNews(): boolean {
    return this.holders.length + this.ended.length > 0 || (this.ready.length > 0 && this.owner.pending === null);
  }

  *alive(): Generator<Greenlet, void, unknown> {
    for (const { greenlet } of this.branches) if (!greenlet.dead) yield greenlet;
  }

  /** Has all waits that would take something leave their lines. */
  standAside(): void {
    if (this.aside !== null) return;
    this.aside = [];
    for (const greenlet of this.alive()) this.haveStandAside(greenlet);
  }

  /** Lets those that stand aside take what is there by now, up to the first that does; true if one does. */
  retryAside(): boolean {
    for (const { greenlet, wait } of this.aside ?? []) {
      if (greenlet.waiting === wait && wait.retry()) return true;
    }
    return false;
  }

  /** Has those that stand aside take their places again. */
  standAgain(): void {
    const aside = this.aside ?? [];
    this.aside = null;
    // Backwards, so that neighbours find each other.
    for (const { greenlet, wait, place } of aside.reverse()) if (greenlet.waiting === wait) wait.standAgain(place);
  }

  private isDecided(): boolean {
    for (let branch = this.ended.shift(); branch !== undefined; branch = this.ended.shift()) {
      if (this.plan.settled(branch.settlement())) return true;
    }
    return this.branches.every(({ greenlet }) => greenlet.dead);
  }

  private startAll(): void {
    this.ready.length = 0;
    for (const { greenlet } of this.branches) greenlet.start();
  }

  /** Whose turn is next; nobody's when all wait, and their waits are in line again. */
  private nextTurn(isCancelled: boolean): RawGreenlet | undefined {
    const isStarting = this.ready[0]?.state === UNSTARTED;
    if (this.holders.length === 0 && !isCancelled) this.beginRound(isStarting);
    const holder = this.holders.shift();
    if (holder === undefined && this.leftInRound !== null) this.leftInRound -= 1;
    if (holder !== undefined || isStarting || !isCancelled) return holder ?? this.ready.shift();
    this.grace ??= this.ready.filter(wasWoken).length;
    this.grace -= 1;
    if (this.grace < 0) return undefined;
    const index = this.ready.findIndex(wasWoken);
    return index < 0 ? undefined : this.ready.splice(index, 1)[0];
  }

  /**
   * Those who are ready have their turns in rounds, and between two rounds those who stand aside look whether there is
   * something for them: branches that go on all the time are not to keep the others from what they wait for.
   */
  private beginRound(isStarting: boolean): void {
    const { ready, leftInRound } = this;
    if (ready.length === 0) {
      this.leftInRound = null;
      if (this.aside !== null && !this.retryAside()) this.standAgain();
    } else if (leftInRound === null || leftInRound === 0) {
      if (leftInRound === 0 && !isStarting) this.retryAside();
      this.leftInRound = ready.length;
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
    this.haveStandAside(greenlet);
  }

  private haveStandAside(greenlet: RawGreenlet): void {
    const wait = greenlet.state === PARKED ? greenlet.waiting : null;
    if (!canStandAside(wait)) return;
    const place = wait.setAside();
    if (place !== null) this.aside?.push({ greenlet, wait, place });
  }

  /** Cancels those that have not ended, and waits until they have. */
  private *end(): Coroutine<void> {
    this.over = true;
    for (const branch of this.branches) if (!branch.greenlet.dead) branch.cancel(this.plan.what);
    for (const greenlet of this.holders.splice(0)) hub.enqueue(greenlet);
    for (const greenlet of this.ready.splice(0)) {
      if (!isQueued(greenlet.state)) continue;
      // It was woken, but has not gone on, and is not to take anything now.
      if (greenlet.pending !== null && greenlet.state === QUEUED) kernel.raisePending(greenlet);
      else hub.enqueue(greenlet);
    }
    // Those that do not block in their cleanup end now, without a wait during which others could go on.
    while ([...this.alive()].some((greenlet) => isQueued(greenlet.state))) yield* letOthersRun;
    const alive = [...this.alive()];
    if (alive.length > 0) yield* new WaitFor(alive, undefined, false);
  }
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

interface Aside {
  readonly greenlet: RawGreenlet;
  readonly wait: Wait & CanStandAside;
  readonly place: unknown;
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

  cancel(what: string): void {
    this.greenlet.kill({ reason: new GreenletExit(`${what} was decided without it, or cancelled`) });
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

/** What the owner waits for: that a branch is due, or has ended. */
class BranchWait extends Suspension<void> {
  private readonly branches: Branches;

  constructor(branches: Branches) {
    super();
    this.branches = branches;
  }

  describe(): string {
    const { what, bodies } = this.branches.plan;
    return `${what} of ${bodies.length}`;
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.branches.alive();
  }

  get hasHolders(): boolean {
    return this.branches.hasHolders;
  }

  wake(): void {
    this.complete();
  }

  /** The owner is cancelled: from now on no branch may take anything. */
  override abort(): void {
    this.branches.standAside();
  }

  /** @internal A branch of branches stands aside with all of its own. */
  setAside(): unknown {
    this.branches.standAside();
    return this;
  }

  /** @internal */
  retry(): boolean {
    return this.branches.retryAside();
  }

  /** @internal */
  standAgain(): void {
    this.branches.standAgain();
  }

  protected override attempt(): boolean {
    return this.branches.hasNews();
  }

  protected park(): void {}

  protected override complete(): void {
    super.complete(undefined);
  }
}

/** True when the end of this wait may have taken something. */
function mayHold(wait: Wait | null): boolean {
  return wait instanceof BranchWait ? wait.hasHolders : wait instanceof TakingSuspension && wait.holds;
}

interface CanStandAside {
  setAside(): unknown;
  retry(): boolean;
  standAgain(place: unknown): void;
}

function canStandAside(wait: Wait | null): wait is Wait & CanStandAside {
  return wait instanceof TakingSuspension || wait instanceof BranchWait;
}
