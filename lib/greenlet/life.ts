/**
 * The life of a greenlet. Only this file writes a greenlet's state, and what the greenlet carries from one state to the next;
 * everywhere else these fields are read-only.
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
 * | UNSTARTED | its body has not begun                    | RESUMED once the hub has it   | null                |
 * | SUSPENDED | it runs, or waits for a switch back to it | nothing, or RESUMED           | innermost generator |
 * | PARKED    | it waits on the hub                       | the `Wait`                    | innermost generator |
 * | QUEUED    | the hub will resume it                    | what it is resumed with       | innermost generator |
 * | DEAD      | it has ended                              | its result, or its error      | null                |
 * | MAIN      | it is the code outside greenlets          | nothing                       | null                |
 *
 * QUEUED has three forms, one for each `Mode` in which the greenlet is resumed. SUSPENDED includes running, because only the
 * running greenlet itself could tell the difference.
 *
 * A *loose* greenlet is one that somebody has to switch to. We keep it alive only while it is parked. A greenlet of the hub is
 * kept from its first suspension until it ends; see `kept.ts`.
 */
import type { Call } from './call.ts';
import { kept } from './kept.ts';
import { kernel } from './kernel.ts';
import type { Coroutine } from './operation.ts';
import { Rarities } from './rarities.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { INSPECT, shown, TEXT, type Telling } from './shown.ts';
import { DEAD, isQueued, MAIN, type Mode, PARKED, QUEUED, type State, SUSPENDED, UNSTARTED } from './state.ts';
import type { Wait } from './wait.ts';

/** The input of a greenlet that is resumed for no other reason than that it is its turn. */
export const RESUMED = {};

export abstract class Life implements Telling {
  /** @internal */
  state: State;
  /** @internal The greenlet's index in `kept`; 0 if it is not there. */
  place: number;
  /** @internal See the table above. */
  input: unknown;
  /** @internal The generator to resume: the body's, or that of the innermost `call()`. */
  frame: Coroutine<unknown> | null;
  /** @internal What only few greenlets have. */
  rarities: Rarities | null;

  protected body: (...args: any[]) => unknown;
  /** Its parent; for a greenlet of the hub, whose parent is main, the greenlet that made it. */
  protected ancestor: RawGreenlet | null;
  /** @internal The greenlet it is about to switch to; null once it has gone, which tells the switch that it has come back. Never null for main. */
  destination: RawGreenlet | null;

  // The constructor of all greenlets: a subclass without its own costs nothing, where a chain of `super()` costs a quarter of a spawn.
  /**
   * @param run the body: a generator function, or a plain one
   * @param parent gets the result; the running greenlet unless given
   * @throws TypeError when `run` is no function or `parent` no greenlet
   */
  constructor(run: (...args: any[]) => Coroutine<any> | unknown, parent?: RawGreenlet) {
    this.state = UNSTARTED;
    this.place = 0;
    this.input = undefined;
    this.frame = null;
    this.rarities = null;
    this.body = checkedRun(run);
    this.ancestor = parent === undefined ? kernel.current : checkedParent(parent);
    this.destination = null;
    if (kernel.captureContext !== null) (this as unknown as RawGreenlet).rare.context = kernel.captureContext();
  }

  /** @internal True if we keep it only while it is parked. */
  abstract get isLoose(): boolean;

  /** @internal Kinds of greenlets have rarities of their own. */
  makeRarities(made: Rarities = new Rarities()): Rarities {
    this.rarities = made;
    return made;
  }

  /** @internal For main, once. */
  protected becomeMain(): void {
    this.state = MAIN;
  }

  /** @internal The body begins: it runs now, and may look at itself. */
  enterBody(): void {
    this.state = SUSPENDED;
  }

  /** @internal The body has given its generator, or a `call()` has pushed one on top of it. */
  enterFrame(frame: Coroutine<unknown>, call: Call<unknown> | null): void {
    this.frame = frame;
    if (call !== null) (this as unknown as RawGreenlet).rare.calls = call;
  }

  /** @internal The innermost `call()` has ended: the frame below it goes on. */
  leaveFrame(below: Coroutine<unknown> | null, outer: Call<unknown> | null): void {
    this.frame = below;
    (this as unknown as RawGreenlet).rare.calls = outer;
  }

  /** @internal It waits on the hub. */
  park(wait: Wait): void {
    if (this.place === 0) kept.add(this as unknown as RawGreenlet);
    this.state = PARKED;
    this.input = wait;
  }

  /** @internal Its wait is over, and it has not been queued. */
  unpark(): void {
    if (this.isLoose === true) kept.remove(this as unknown as RawGreenlet);
    this.state = SUSPENDED;
    this.input = undefined;
  }

  /** @internal The hub will resume it with `value`. An unstarted greenlet stays so until its body begins. */
  queue(mode: Mode, value: unknown): void {
    // Storing a pointer is expensive while the collector marks, and `sleep(0)` finds RESUMED here already.
    if (this.input !== value) this.input = value;
    if (this.state === PARKED && this.isLoose === true) kept.remove(this as unknown as RawGreenlet);
    if (this.state !== UNSTARTED) this.state = (QUEUED + mode) as State;
  }

  /** @internal The hub resumes it now. Gives the mode in which it was queued. */
  unqueue(): Mode {
    const mode = (this.state - QUEUED) as Mode;
    this.state = SUSPENDED;
    return mode;
  }

  /** @internal Gives what it is resumed with. RESUMED stays, so that the next `sleep(0)` need not store it again. */
  takeInput(): unknown {
    const { input } = this;
    if (input !== RESUMED) this.input = undefined;
    return input;
  }

  /** @internal It has ended with this result or error. Its waiters may still look at what only few greenlets have: see `forget()`. */
  die(result: unknown): void {
    if (this.place !== 0) kept.remove(this as unknown as RawGreenlet);
    this.state = DEAD;
    this.input = result;
    this.frame = null;
  }

  /** @internal Everybody knows that it has ended: it drops what it needed to run. */
  forget(): void {
    if (this.rarities !== null) this.rarities.forget();
  }

  /** @internal `kept` has put it at this index. */
  moveTo(place: number): void {
    this.place = place;
  }

  // Written out, and not inherited from `Shown`, because each `super()` costs a new greenlet some nanoseconds.

  /** @internal */
  abstract [TEXT](): string;

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

  /** @internal What it is parked on; null if it is not parked. */
  get waiting(): Wait | null {
    return this.state === PARKED ? (this.input as Wait) : null;
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
