import type { Call } from './call.ts';
import { describe } from './describe.ts';
import { GreenletError, GreenletExit, isA } from './errors.ts';
import { takeForgotten } from './forgotten-switch.ts';
import { kernel } from './kernel.ts';
import { checkedParent, checkedRun, Life } from './life.ts';
import { type Coroutine, frameOf, type Operation } from './operation.ts';
import type { Branching, Rarities, Unwinding, Unwound } from './rarities.ts';
import { line, TEXT } from './shown.ts';
import { slots } from './slots.ts';
import { DEAD, isQueued, MAIN, type Mode, NEXT, type State, THROW, UNSTARTED } from './state.ts';
import { MainSwitch, Switch } from './switch.ts';

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
export class RawGreenlet extends Life {
  // Only `Life` writes these.
  /** @internal */
  declare readonly state: State;
  /** @internal */
  declare readonly place: number;
  /** @internal */
  declare readonly input: unknown;
  /** @internal */
  declare readonly frame: Coroutine<unknown> | null;
  /** @internal */
  declare readonly rarities: Rarities | null;

  /** @internal True if we keep it only while it is parked. */
  get isLoose(): boolean {
    return true;
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

  /** @internal The same, made if it has none yet. */
  get rare(): Rarities {
    return this.rarities ?? this.makeRarities();
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

  /** @internal Ends it with a result or an error. Gives the greenlet to resume with what is left in the registers. */
  conclude(mode: Mode, value: unknown): RawGreenlet {
    this.die(undefined);
    this.forget();
    kernel.mode = mode === THROW && isA(value, GreenletExit) ? NEXT : mode;
    kernel.value = value;
    return this.parent as RawGreenlet;
  }

  private switchPlainly(): Switch {
    const { current } = kernel;
    const plainSwitch = this.rarities === null ? null : this.rarities.plainSwitch;
    if (plainSwitch === null || current.destination !== null) {
      const made = this.transfer(NEXT, undefined, 0);
      if (!(made instanceof MainSwitch)) this.rare.plainSwitch = made;
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

/** The code outside greenlets. */
class Main extends RawGreenlet {
  constructor() {
    // The one greenlet without a parent, because `kernel.current` is still null.
    super(() => undefined);
    this.becomeMain();
    // So one look tells that main switches in its own way.
    this.destination = this;
  }
}

kernel.main = new Main();
kernel.resumed = kernel.main;

// Without a hub nothing can block, so an operation that is awaited outside greenlets runs to its end.
slots.awaitOperation = async <T>(operation: Operation<T>): Promise<T> => greenlet(() => operation).switch().value;
