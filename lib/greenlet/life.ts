/**
 * The life of a greenlet. Only this file writes a greenlet's state and the fields that depend on it. Everywhere else these fields
 * are read-only.
 *
 *                        ┌──────── unpark() ────────┐
 *                        ▼                          │
 *     UNSTARTED ─▶ SUSPENDED ──────── park() ──▶ PARKED
 *      │ enterBody()│     ▲ ▲                      │
 *      │           │     │ └─ unqueue() ─┐        │
 *      │           └──── queue() ──▶ QUEUED ◀─────┘
 *      │             die()
 *      └───────────────┴──▶ DEAD                    MAIN never changes
 *
 * | state     | meaning                                   | `input`                       | `frame`             |
 * |-----------|-------------------------------------------|-------------------------------|---------------------|
 * | UNSTARTED | its body has not begun                    | RESUMED once the hub has it   | null; see `nextNew` |
 * | SUSPENDED | it runs, or waits for a switch back to it | nothing, or RESUMED           | innermost generator |
 * | PARKED    | it waits on the hub                       | the `Wait`                    | innermost generator |
 * | QUEUED    | the hub will resume it                    | what it is resumed with       | innermost generator |
 * | DEAD      | it has ended                              | its result, or its error      | null; see `outcome` |
 * | MAIN      | it is the code outside greenlets          | nothing                       | null                |
 *
 * QUEUED has three forms, one for each `Mode` in which the greenlet is resumed. SUSPENDED includes running; `kernel.current` is
 * the greenlet that runs.
 *
 * A *loose* greenlet runs only when the program switches to it. We keep it alive only while it is parked. A greenlet of the hub is
 * kept from its first suspension until it ends; see `kept.ts`.
 */
import type { Call } from './call.ts';
import { kept } from './kept.ts';
import { kernel } from './kernel.ts';
import type { Coroutine } from './operation.ts';
import { Rarities } from './rarities.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { Shown } from './shown.ts';
import { DEAD, isQueued, MAIN, type Mode, PARKED, QUEUED, type State, SUSPENDED, UNSTARTED } from './state.ts';
import type { Wait } from './wait.ts';

/** The input of a greenlet that is resumed only because it is its turn. */
export const RESUMED = {};

/** The bits of `stateAndPlace` that hold the state, and those that hold the place. */
const STATE = 7;
const STATE_BITS = 3;
const PLACE = ~STATE;

export abstract class Life extends Shown {
  // The methods that each step calls read the bits directly: before it is optimised, a program pays for each call of a getter.
  // The fields are few, because the collector copies every greenlet: see docs/performance.md. `initialise()` sets them.
  /** The state, and in the bits above it the place. */
  declare private stateAndPlace: number;
  /** @internal See the table above. */
  declare input: unknown;
  /** @internal The generator to resume: the body's, or that of the innermost `call()`. */
  declare frame: Coroutine<unknown> | null;
  /** @internal The fields that few greenlets need. */
  declare rarities: Rarities | null;

  declare protected body: (...args: any[]) => unknown;
  /** The parent of a raw greenlet. For a greenlet of the hub, whose parent is main: the greenlet that spawned it. */
  declare protected ancestor: RawGreenlet | null;
  /** Greenlets of the hub, of which many are made and few switch, have it among their rarities. */
  declare private ownDestination: RawGreenlet | null;

  /**
   * @param run the body: a generator function, or a plain function
   * @param parent receives the result; by default, the running greenlet
   * @throws TypeError if `run` is not a function, or `parent` not a greenlet
   */
  constructor(run: (...args: any[]) => Coroutine<any> | unknown, parent?: RawGreenlet) {
    super();
    Life.initialise(this, checkedRun(run), parent === undefined ? kernel.current : checkedParent(parent));
    this.ownDestination = null;
  }

  /** @internal Sets the fields of a new greenlet. Constructors call it, because V8 does not inline every `super()`. */
  static initialise(greenlet: Life, body: (...args: any[]) => unknown, ancestor: RawGreenlet): void {
    greenlet.stateAndPlace = UNSTARTED;
    greenlet.input = undefined;
    greenlet.frame = null;
    greenlet.rarities = null;
    greenlet.body = body;
    greenlet.ancestor = ancestor;
    if (kernel.captureContext !== null) (greenlet as unknown as RawGreenlet).rare.context = kernel.captureContext();
  }

  /** @internal Where it is in its life. */
  get state(): State {
    return (this.stateAndPlace & STATE) as State;
  }

  /** @internal Its index in `kept`; 0 if it is not there. */
  get place(): number {
    return this.stateAndPlace >> STATE_BITS;
  }

  /**
   * @internal The greenlet it is about to switch to. It is null after the greenlet has left, so a switch that is resumed then
   * knows that control came back. Never null for main.
   */
  get destination(): RawGreenlet | null {
    return this.ownDestination;
  }

  set destination(destination: RawGreenlet | null) {
    this.ownDestination = destination;
  }

  /** @internal True if we keep it only while it is parked. */
  abstract get isLoose(): boolean;

  /** @internal Creates the rarities. A subclass may pass its own kind. */
  makeRarities(made: Rarities = new Rarities()): Rarities {
    this.rarities = made;
    return made;
  }

  /** @internal Called once, for main. */
  protected becomeMain(): void {
    this.stateAndPlace = MAIN;
  }

  /** @internal The body begins. */
  enterBody(): void {
    this.stateAndPlace = (this.stateAndPlace & PLACE) | SUSPENDED;
  }

  /** @internal There is a new innermost frame: the body's generator, or that of a `call()`. */
  enterFrame(frame: Coroutine<unknown>, call: Call<unknown> | null): void {
    this.frame = frame;
    if (call !== null) (this as unknown as RawGreenlet).rare.calls = call;
  }

  /** @internal The innermost `call()` has ended. The frame below it continues. */
  leaveFrame(below: Coroutine<unknown> | null, outer: Call<unknown> | null): void {
    this.frame = below;
    (this as unknown as RawGreenlet).rare.calls = outer;
  }

  /** @internal The greenlet begins to wait on the hub. */
  park(wait: Wait): void {
    if ((this.stateAndPlace & PLACE) === 0) kept.add(this as unknown as RawGreenlet);
    this.stateAndPlace = (this.stateAndPlace & PLACE) | PARKED;
    this.input = wait;
  }

  /** @internal The wait is over, and the greenlet is not queued yet. */
  unpark(): void {
    if (this.isLoose === true) kept.remove(this as unknown as RawGreenlet);
    this.stateAndPlace = (this.stateAndPlace & PLACE) | SUSPENDED;
    this.input = undefined;
  }

  /** @internal The hub will resume it with `value`. An unstarted greenlet stays UNSTARTED until its body begins. */
  queue(mode: Mode, value: unknown): void {
    // A store is expensive while the garbage collector is marking, and for a `sleep(0)` the input is usually RESUMED already.
    if (this.input !== value) this.input = value;
    const state = this.stateAndPlace & STATE;
    if (state === UNSTARTED) return;
    if (state === PARKED && this.isLoose === true) kept.remove(this as unknown as RawGreenlet);
    this.stateAndPlace = (this.stateAndPlace & PLACE) | (QUEUED + mode);
  }

  /** @internal The hub resumes it now. Returns the mode in which it was queued. */
  unqueue(): Mode {
    const { stateAndPlace } = this;
    this.stateAndPlace = (stateAndPlace & PLACE) | SUSPENDED;
    return ((stateAndPlace & STATE) - QUEUED) as Mode;
  }

  /** @internal Takes the value to resume it with. RESUMED stays, so that the next `sleep(0)` need not store it again. */
  takeInput(): unknown {
    const { input } = this;
    if (input !== RESUMED) this.input = undefined;
    return input;
  }

  /** @internal It has ended with this result or error. Its rarities stay until `forget()`, because its waiters may read them. */
  die(result: unknown, outcome: number): void {
    if ((this.stateAndPlace & PLACE) !== 0) kept.remove(this as unknown as RawGreenlet);
    this.stateAndPlace = DEAD;
    this.input = result;
    this.frame = outcome as unknown as Coroutine<unknown>;
  }

  /** @internal Of an unstarted greenlet, which has no frame: the greenlet behind it in a chain of the run queue. */
  get nextNew(): RawGreenlet | null {
    return this.frame as unknown as RawGreenlet | null;
  }

  /** @internal Called by the run queue. */
  leadTo(next: RawGreenlet | null): void {
    this.frame = next as unknown as Coroutine<unknown> | null;
  }

  /** @internal Its place in the order of endings, negative if it has failed; 0 while it is alive. A dead greenlet has no frame. */
  get outcome(): number {
    return (this.stateAndPlace & STATE) === DEAD ? (this.frame as unknown as number) : 0;
  }

  /** @internal Called when its waiters know that it has ended. Drops what it needed to run. */
  forget(): void {
    if (this.rarities !== null) this.rarities.forget();
  }

  /** @internal Called by `kept` with the greenlet's new index there. */
  moveTo(place: number): void {
    this.stateAndPlace = (this.stateAndPlace & STATE) | (place << STATE_BITS);
  }

  /** @internal The wait it is parked on; null if it is not parked. */
  get waiting(): Wait | null {
    return (this.stateAndPlace & STATE) === PARKED ? (this.input as Wait) : null;
  }

  /** @internal True if the hub will resume it. */
  get isQueued(): boolean {
    return isQueued(this.state);
  }
}

export function checkedRun(run: unknown): (...args: any[]) => unknown {
  if (typeof run !== 'function') throw notABody(run);
  return run as (...args: any[]) => unknown;
}

/** A function of its own, so that V8 can inline the constructor. */
function notABody(run: unknown): TypeError {
  return new TypeError(`a greenlet's body must be a function (usually function*), not ${typeName(run)}`);
}

export function checkedParent(parent: unknown): RawGreenlet {
  if (!(parent instanceof Life)) {
    throw new TypeError(`only a greenlet can be a parent, not ${typeName(parent)}`);
  }
  return parent as RawGreenlet;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
