import type { Call } from './call.ts';
import type { AsyncContext } from './context.ts';
import { describe } from './describe.ts';
import { GreenletError, GreenletExit, isA } from './errors.ts';
import { kept } from './kept.ts';
import { kernel, takeForgotten, type Unwinding } from './kernel.ts';
import { awaiting, type Coroutine, frameOf, type Operation } from './operation.ts';
import { INSPECT, line, shown, TEXT, type Telling } from './shown.ts';
import {
  DEAD,
  isQueued,
  LOOSE,
  MAIN,
  type Mode,
  NEXT,
  PARKED,
  STATE,
  STATE_BITS,
  type State,
  THROW,
  UNSTARTED,
} from './state.ts';
import { MainSwitch, Switch } from './switch.ts';

/** What runs a greenlet as one of several branches, on behalf of another greenlet. */
export interface Branching {
  readonly owner: RawGreenlet;
  /** The branches that have not ended. */
  alive(): Iterable<RawGreenlet>;
  /** What messages call a branch. */
  nameOf(branch: RawGreenlet): string;
  /** Called when the branch is due to be resumed, with what it waited for; false keeps it back for later. */
  admit(branch: RawGreenlet, waited: Wait | null): boolean;
  /** True while the branch must not be given anything, because another branch has its turn. */
  isAside(branch: RawGreenlet): boolean;
  /** Called when the wait of such a branch is first in its line. Returns whether it has left the line. */
  setAside(branch: RawGreenlet, wait: Wait): boolean;
}

/** What the hub notes on a greenlet that waits. */
export interface Wait {
  /** What is waited for, as messages name it. */
  describe(): string;
  /** Withdraws the wait, so that it takes nothing later. */
  abort(): void;
}

/** An unwinding under way, and the call (null for the body) whose frame it has come to. */
export interface Unwound {
  readonly unwinding: Unwinding;
  readonly call: Call<unknown> | null;
}

/** What few greenlets have. */
export class Rarities {
  /** Its asynchronous context, where the program uses any. */
  context: AsyncContext | null = null;
  /** The innermost cancel scope it is in. */
  scope: object | null = null;
  /** What raises at its next suspension. */
  pending: Unwinding | null = null;
  calls: Call<unknown> | null = null;
  unwound: Unwound | null = null;
  branching: Branching | null = null;
  /** Its values of each `Local`. */
  locals: WeakMap<object, object> | null = null;

  /** Drops what a dead greenlet needs no more. */
  forget(): void {
    this.context = null;
    this.scope = null;
    this.pending = null;
    this.locals = null;
  }
}

/**
 * A symmetric coroutine: it runs until it switches explicitly to another one, or ends and hands its result to
 * its parent.
 *
 *     unstarted ──first switch──▶ active ──returns or throws──▶ dead
 *         └──────────throw() or kill(), the body never runs───────▲
 *
 * @example
 * const echo = new RawGreenlet(function* (first: string) {
 *   const second = yield* getcurrent().parent!.switch(first.toUpperCase());
 *   return `${second}!`;
 * });
 * echo.switch('a').value; // 'A'
 * echo.switch('b').value; // 'b!'
 */
export class RawGreenlet implements Telling {
  // The fields belong to the trampoline. They are few, since the garbage collector copies each of them twice: some hold one thing
  // at one time and another at another, and have an accessor for each. Those that are needed most stand together.
  /** The state, the LOOSE bit, and in the bits above them the place. */
  protected stateAndPlace: number;
  /** @internal What it is to be resumed with by the hub. While it is parked, what it is parked on; in the end, what it has ended with. */
  input: unknown;
  /** @internal The frame to resume: the body's generator, or the innermost `call()`. Before there is one, see `nextNew`; those of the hub keep a number there when they are dead. */
  frame: Coroutine<unknown> | null;
  /** @internal What few greenlets have. */
  rarities: Rarities | null;
  protected body: (...args: any[]) => unknown;
  /** Who it comes from: its parent, or, where all have the same parent, who made it. */
  protected ancestor: RawGreenlet | null;
  /** Those of the hub, of which many are made and few switch, have these two among their rarities. */
  private ownDestination: RawGreenlet | null;
  private ownPlainSwitch: Switch | null;

  /**
   * @param run the body: a generator function, or a plain one
   * @param parent who gets the result; the running greenlet unless given
   * @throws TypeError when `run` is no function or `parent` no greenlet
   */
  constructor(run: (...args: any[]) => Coroutine<any> | unknown, parent?: RawGreenlet) {
    this.stateAndPlace = UNSTARTED | LOOSE;
    this.input = undefined;
    this.frame = null;
    this.rarities = null;
    this.body = checkedRun(run);
    this.ancestor = parent === undefined ? kernel.current : checkedParent(parent);
    this.ownDestination = null;
    this.ownPlainSwitch = null;
    if (kernel.captureContext !== null) this.rare.context = kernel.captureContext();
  }

  /** @internal Whom it is about to switch to; null when it has gone, by which the switch knows that it comes back. Main's is never null. */
  get destination(): RawGreenlet | null {
    return this.ownDestination;
  }

  set destination(destination: RawGreenlet | null) {
    this.ownDestination = destination;
  }

  /** The switch to it that sends nothing, which is always the same. */
  protected get plainSwitch(): Switch | null {
    return this.ownPlainSwitch;
  }

  protected set plainSwitch(made: Switch | null) {
    this.ownPlainSwitch = made;
  }

  /** @internal Where it is in its life. */
  get state(): State {
    return (this.stateAndPlace & STATE) as State;
  }

  set state(state: State) {
    this.stateAndPlace = (this.stateAndPlace & ~STATE) | state;
  }

  /** @internal True if we keep it only while it is parked; at other times it may be collected if nothing refers to it. */
  get isLoose(): boolean {
    return (this.stateAndPlace & LOOSE) !== 0;
  }

  /** @internal Where it stands in `kept`; 0 for nowhere. */
  get place(): number {
    return this.stateAndPlace >> STATE_BITS;
  }

  set place(place: number) {
    this.stateAndPlace = (this.stateAndPlace & (STATE | LOOSE)) | (place << STATE_BITS);
  }

  /**
   * @internal The one after it in a chain of the run queue, where neither has begun. Kept where the frame will be; null for none.
   */
  get nextNew(): RawGreenlet | null {
    return this.frame as unknown as RawGreenlet | null;
  }

  set nextNew(greenlet: RawGreenlet | null) {
    this.frame = greenlet as unknown as Coroutine<unknown> | null;
  }

  /** @internal What it is parked on; null when it is not. */
  get waiting(): Wait | null {
    return this.state === PARKED ? (this.input as Wait) : null;
  }

  /** @internal What raises at its next suspension. */
  get pending(): Unwinding | null {
    return this.rarities === null ? null : this.rarities.pending;
  }

  /** @internal The innermost cancel scope it is in. */
  get scope(): object | null {
    return this.rarities === null ? null : this.rarities.scope;
  }

  /** @internal The innermost `call()` under way. */
  get calls(): Call<unknown> | null {
    return this.rarities === null ? null : this.rarities.calls;
  }

  /** @internal What is being unwound; null mostly. */
  get unwound(): Unwound | null {
    return this.rarities === null ? null : this.rarities.unwound;
  }

  /** @internal What it is a branch of. */
  get branching(): Branching | null {
    return this.rarities === null ? null : this.rarities.branching;
  }

  /** @internal The same, made where there are none yet. */
  get rare(): Rarities {
    this.rarities ??= this.makeRarities();
    return this.rarities;
  }

  protected makeRarities(): Rarities {
    return new Rarities();
  }

  /** The body. It can be replaced until the start. */
  get run(): (...args: any[]) => unknown {
    return this.body;
  }

  /** @throws GreenletError once the greenlet has started; TypeError for what is not a function */
  set run(run: (...args: any[]) => unknown) {
    if (this.started) {
      throw new GreenletError(`run of ${describe(this)} cannot be set after its start: make a new greenlet`);
    }
    this.body = checkedRun(run);
  }

  /** Who gets the result, or null for main. Read when the greenlet ends. */
  get parent(): RawGreenlet | null {
    return this.ancestor;
  }

  /** @throws TypeError for what is not a greenlet; GreenletError for main, and where it would make a cycle */
  set parent(parent: RawGreenlet) {
    if (this.state === MAIN) throw new GreenletError('the main greenlet has no parent, and none can be set');
    checkedParent(parent);
    for (let ancestor: RawGreenlet | null = parent; ancestor !== null; ancestor = ancestor.parent) {
      if (ancestor === this) {
        throw new GreenletError(`${describe(parent)} descends from ${describe(this)} and cannot become its parent`);
      }
    }
    this.setParent(parent);
  }

  protected setParent(parent: RawGreenlet): void {
    this.ancestor = parent;
  }

  /** True from the first switch on. */
  get started(): boolean {
    return this.state !== UNSTARTED;
  }

  /** True once it has ended, by whatever way. */
  get dead(): boolean {
    return this.state === DEAD;
  }

  /** Started and not dead. */
  get active(): boolean {
    return this.started && !this.dead;
  }

  /** What messages call it: its function's name. */
  get name(): string {
    return this.state === MAIN ? 'main' : this.body.name || '(anonymous)';
  }

  /**
   * Goes to this greenlet. In a greenlet: `const value = yield* other.switch(x)`. From main the same call runs at
   * once and returns when control comes back to main; `.value` is what came back.
   *
   * The first switch passes its arguments to `run`. Later ones make the suspended `yield*` give undefined for no
   * argument, the argument itself for one, an array for several. A dead greenlet hands them to its nearest living
   * ancestor; a switch to oneself comes back at once.
   *
   * @returns the operation, whose value is what somebody switches back with
   * @throws what a greenlet whose parent is the caller ended with; GreenletError when the target waits on the hub,
   *   or when main entered a greenlet that blocks
   */
  switch(...args: any[]): Switch<any> {
    // Apart, so that the array of arguments need not be made where there are none.
    return args.length === 0
      ? this.switchPlainly()
      : this.transfer(NEXT, args.length === 1 ? args[0] : args, args.length);
  }

  /**
   * Raises an error in this greenlet, at the point where it is suspended. One that never started dies unrun; a dead
   * one passes the error to its nearest living ancestor (but a GreenletExit as a value). Used like `switch()`.
   *
   * @param error what to raise; a new GreenletExit unless given
   */
  throw(error: unknown = new GreenletExit()): Switch<any> {
    return this.transfer(THROW, error, 1);
  }

  // Written out, and not inherited from `Shown`: many greenlets are made, and V8 does not inline every `super()`.

  /** Its name and state, in one line. */
  toString(): string {
    return shown(this);
  }

  /** The same line. */
  toJSON(): string {
    return shown(this);
  }

  /** The same line: what `console.log()` prints. */
  [INSPECT](): string {
    return shown(this);
  }

  /** @internal */
  [TEXT](): string {
    return line('RawGreenlet', this.name, this.doing());
  }

  /** Its state, in a few words. */
  protected doing(): string {
    const { state, waiting } = this;
    if (this === kernel.current) return 'running';
    if (state === UNSTARTED) return 'not started';
    if (state === DEAD) return 'ended';
    if (state === MAIN) return 'lets greenlets run';
    if (waiting !== null) return `waits for ${waiting.describe()}`;
    return isQueued(state) ? 'ready to run' : 'waits for a switch back to it';
  }

  /** @internal Calls the body. Gives its frame, or null when it has ended, with the result in `kernel.value`. */
  begin(value: unknown, count: number): Coroutine<unknown> | null {
    const run = this.body;
    const result = count === 1 ? run(value) : count === 0 ? run() : run(...(value as unknown[]));
    kernel.value = result;
    return frameOf(run, result);
  }

  /** @internal Ends it, by a result or an error, and gives who is resumed with what it leaves in the kernel's registers. */
  conclude(mode: Mode, value: unknown): RawGreenlet {
    this.bury();
    kernel.mode = mode === THROW && isA(value, GreenletExit) ? NEXT : mode;
    kernel.value = value;
    return this.parent as RawGreenlet;
  }

  private switchPlainly(): Switch {
    const { current } = kernel;
    const { plainSwitch } = this;
    if (plainSwitch === null || current.destination !== null) {
      const made = this.transfer(NEXT, undefined, 0);
      if (!(made instanceof MainSwitch)) this.plainSwitch = made;
      return made;
    }
    current.destination = this;
    return plainSwitch;
  }

  private transfer(mode: Mode, value: unknown, count: number): Switch {
    const { current } = kernel;
    if (current.state === MAIN) return new MainSwitch(this, mode, value, count).run();
    if (current.destination !== null) throw takeForgotten(current);
    current.destination = this;
    return new Switch(this, mode, value, count);
  }

  /** @internal Drops all that a dead greenlet needs no more. */
  protected bury(): void {
    if (this.place !== 0) kept.remove(this);
    this.state = DEAD;
    this.frame = null;
    if (this.rarities !== null) this.rarities.forget();
  }
}

/**
 * Makes a greenlet, unstarted. Not generic in the body's result, so that two greenlets can name each other.
 *
 * @param run the body: a generator function, or a plain one
 * @param parent who gets the result; the running greenlet unless given
 * @throws TypeError when `run` is no function or `parent` no greenlet
 *
 * @example
 * const gr1 = greenlet(function* () { console.log(12); yield* gr2.switch(); console.log(34); });
 * const gr2 = greenlet(function* () { console.log(56); yield* gr1.switch(); });
 * gr1.switch(); // 12, 56, 34
 */
export function greenlet(run: (...args: any[]) => Coroutine<any> | unknown, parent?: RawGreenlet): RawGreenlet {
  return new RawGreenlet(run, parent);
}

/** The running greenlet; the main greenlet outside all others. */
export function getcurrent(): RawGreenlet {
  return kernel.current;
}

function checkedRun(run: unknown): (...args: any[]) => unknown {
  if (typeof run !== 'function') throw notABody(run);
  return run as (...args: any[]) => unknown;
}

/** Apart, as all that is made in what makes a greenlet counts where V8 inlines it. */
function notABody(run: unknown): TypeError {
  return new TypeError(`a greenlet's body must be a function (usually function*), not ${typeName(run)}`);
}

function checkedParent(parent: unknown): RawGreenlet {
  if (!(parent instanceof RawGreenlet)) {
    throw new TypeError(`only a greenlet can be a parent, not ${typeName(parent)}`);
  }
  return parent;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}

// The one greenlet without a parent: null is what `kernel.current` still is at this moment.
kernel.main = new RawGreenlet(() => undefined);
kernel.main.state = MAIN;
// By this one look tells that main switches in its own way.
kernel.main.destination = kernel.main;
kernel.resumed = kernel.main;

// Without a hub nothing can block, so what is awaited outside greenlets simply runs to its end.
awaiting.run = async <T>(operation: Operation<T>): Promise<T> => greenlet(() => operation).switch().value;
