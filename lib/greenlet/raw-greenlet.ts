import type { Branching } from './branching.ts';
import type { Call } from './call.ts';
import { describe } from './describe.ts';
import { GreenletError, GreenletExit, isA } from './errors.ts';
import { takeForgotten } from './forgotten-switch.ts';
import { kernel } from './kernel.ts';
import { checkedParent, checkedRun, Life } from './life.ts';
import { type Coroutine, frameOf, type Operation } from './operation.ts';
import type { Rarities, Unwinding, Unwound } from './rarities.ts';
import { line, sinceText, TEXT } from './shown.ts';
import { slots } from './slots.ts';
import { DEAD, isQueued, MAIN, type Mode, NEXT, THROW, UNSTARTED } from './state.ts';
import { MainSwitch, Switch } from './switch.ts';

/**
 * A symmetric coroutine. It runs until it switches explicitly to another greenlet, or until it ends and passes its result to its
 * parent.
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
  // Only `Life` writes these fields.
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

  /** @internal The error that is raised at its next suspension. */
  get pending(): Unwinding | null {
    return this.rarities === null ? null : this.rarities.pending;
  }

  /** @internal The innermost cancel scope it is in. */
  get scope(): object | null {
    return this.rarities === null ? null : this.rarities.scope;
  }

  /** @internal The innermost running `call()`. */
  get calls(): Call<unknown> | null {
    return this.rarities === null ? null : this.rarities.calls;
  }

  /** @internal The unwinding in progress; usually null. */
  get unwound(): Unwound | null {
    return this.rarities === null ? null : this.rarities.unwound;
  }

  /** @internal The branches it belongs to; null if it is not a branch. */
  get branching(): Branching | null {
    return this.rarities === null ? null : this.rarities.branching;
  }

  /** @internal Its rarities, created if it has none yet. */
  get rare(): Rarities {
    return this.rarities ?? this.makeRarities();
  }

  /** The body. You can replace it until the greenlet has started. */
  get run(): (...args: any[]) => unknown {
    return this.body;
  }

  /** @throws GreenletError once the greenlet has started; TypeError for anything but a function */
  set run(run: (...args: any[]) => unknown) {
    if (this.started) {
      throw new GreenletError(`run of ${describe(this)} cannot be set after its start: make a new greenlet`);
    }
    this.body = checkedRun(run);
  }

  /** The greenlet that gets the result. It is read when this greenlet ends. Null for main. */
  get parent(): RawGreenlet | null {
    return this.ancestor;
  }

  /** @throws TypeError for anything but a greenlet; GreenletError for main, and for a parent that would form a cycle */
  set parent(parent: RawGreenlet) {
    if (this.state === MAIN) throw new GreenletError('the main greenlet cannot have a parent');
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

  /** True once control was switched to it, and after it has ended. */
  get started(): boolean {
    return this.state !== UNSTARTED;
  }

  /** True once it has ended, in any way. */
  get dead(): boolean {
    return this.state === DEAD;
  }

  /** True if it has started and is not dead. */
  get active(): boolean {
    return this.started && !this.dead;
  }

  /** The name used in messages: the name of its function. */
  get name(): string {
    return this.state === MAIN ? 'main' : this.body.name || '(anonymous)';
  }

  /**
   * Switches to this greenlet. In a greenlet, write `const value = yield* other.switch(x)`. In main, the same call runs at once,
   * and returns when control comes back to main; `.value` is the value that came back.
   *
   * The first switch passes its arguments to `run`. A later switch makes the suspended `yield*` return undefined if there is no
   * argument, the argument if there is one, and an array if there are several. A dead greenlet passes them on to its nearest
   * living ancestor. A switch to the running greenlet returns at once.
   *
   * @returns an operation for the value that a later switch sends back
   * @throws the error of a greenlet whose parent is the caller; GreenletError if this greenlet waits on the hub, or if main
   *   switches to a greenlet that blocks
   */
  switch(...args: any[]): Switch<any> {
    // Handled separately, so that V8 need not allocate an array if there are no arguments.
    return args.length === 0
      ? this.switchPlainly()
      : this.transfer(NEXT, args.length === 1 ? args[0] : args, args.length);
  }

  /**
   * Raises an error in this greenlet, at the point where it is suspended. Use it like `switch()`. An unstarted greenlet dies
   * without running. A dead greenlet passes the error on to its nearest living ancestor, and a GreenletExit as a value.
   *
   * @param error the error to raise; by default, a new GreenletExit
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
    if (waiting !== null) return `waiting for ${waiting.describe()}${sinceText(this)}`;
    return isQueued(state) ? 'ready to run' : 'waiting for a switch back to it';
  }

  /** @internal Calls the body. Returns its frame, or null if it has ended. Then the result is in `kernel.value`. */
  begin(value: unknown, count: number): Coroutine<unknown> | null {
    const run = this.body;
    const result = count === 1 ? run(value) : count === 0 ? run() : run(...(value as unknown[]));
    kernel.value = result;
    return frameOf(run, result);
  }

  /** @internal Ends it with a result or an error. Returns the greenlet to resume; what to resume it with is in the registers. */
  conclude(mode: Mode, value: unknown): RawGreenlet {
    this.die(undefined, 0);
    kernel.observer?.ended(this, mode === THROW, value);
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
 * Creates a greenlet without starting it. Its type is not generic in the body's result, so that two greenlets can refer to each
 * other.
 *
 * @param run the body: a generator function or a plain function
 * @param parent the greenlet that gets the result; by default, the running greenlet
 * @throws TypeError if `run` is not a function or `parent` is not a greenlet
 *
 * @example
 * const gr1 = greenlet(function* () { console.log(12); yield* gr2.switch(); console.log(34); });
 * const gr2 = greenlet(function* () { console.log(56); yield* gr1.switch(); });
 * gr1.switch(); // 12, 56, 34
 */
export function greenlet(run: (...args: any[]) => Coroutine<any> | unknown, parent?: RawGreenlet): RawGreenlet {
  return new RawGreenlet(run, parent);
}

/** Returns the running greenlet. Outside greenlets, that is the main greenlet. */
export function getcurrent(): RawGreenlet {
  return kernel.current;
}

/** The code outside greenlets. */
class Main extends RawGreenlet {
  constructor() {
    // Main has no parent, because `kernel.current` is still null.
    super(() => undefined);
    this.becomeMain();
    // Never null, so that a switch made by main does not take the path of the other greenlets.
    this.destination = this;
  }
}

kernel.main = new Main();
kernel.resumed = kernel.main;

// Without a hub nothing can block, so an operation that is awaited outside greenlets runs to its end at once.
slots.awaitOperation = async <T>(operation: Operation<T>): Promise<T> => greenlet(() => operation).switch().value;
