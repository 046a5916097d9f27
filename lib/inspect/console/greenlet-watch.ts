import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { cut } from '../../greenlet/shown.ts';
import { DEAD, isQueued } from '../../greenlet/state.ts';
import { now } from '../clock.ts';
import { greenletById } from '../greenlet-by-id.ts';
import { stateOf, switchText, waitText } from '../greenlet-info.ts';
import { Histogram } from '../histogram.ts';
import { greenletId } from '../identity.ts';
import { moment, observe, type Tool } from '../observing.ts';
import { shortName } from './people.ts';
import type { Change, Watched } from './protocol.ts';

/** How many changes to keep. */
const CHANGES = 24;
const LONGEST = 120;

/** The value of `readySince` while the greenlet is not ready, and of `runningSince` while it does not run. */
const NEVER = -1;

/**
 * Follows one greenlet as long as its page is open. It knows the greenlet by its id, so that it keeps nothing alive. Every other
 * greenlet pays two comparisons of numbers for each of its switches.
 */
export class GreenletWatch implements Tool, Disposable {
  readonly followsSwitches = true;
  readonly readsClock = true;
  private readonly id: number;
  private readonly begun = now();
  private readonly slices = new Histogram();
  private readonly delays = new Histogram();
  /** The latest, oldest first. */
  private readonly changes: Change[] = [];
  private changed = 0;
  private runningSince = NEVER;
  private readySince = NEVER;
  private readonly stop: () => void;

  constructor(id: number) {
    this.id = id;
    const greenlet = greenletById(id);
    if (greenlet !== undefined) this.begin(greenlet);
    this.stop = greenlet === undefined ? () => {} : observe(this);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  read(): Watched {
    const { begun, changes, changed, slices, delays } = this;
    const { timeOrigin } = performance;
    return {
      since: timeOrigin + begun,
      until: timeOrigin + now(),
      changes: changes.map((change) => ({ ...change, at: timeOrigin + change.at })),
      changed,
      slices: slices.read(),
      delays: delays.read(),
    };
  }

  spawned(greenlet: RawGreenlet): void {
    if (this.isIt(greenlet)) this.beReady();
  }

  woken(greenlet: RawGreenlet): void {
    // A greenlet that ends its own wait runs on, or goes to the back of the run queue: see `endSlice()`.
    if (this.isIt(greenlet) && this.runningSince === NEVER) this.beReady();
  }

  switched(origin: RawGreenlet, target: RawGreenlet): void {
    if (this.isIt(origin)) this.endSlice(origin, origin === target);
    if (this.isIt(target)) this.beginSlice();
  }

  killed(greenlet: RawGreenlet): void {
    if (this.isIt(greenlet)) this.add('killed', null, kernel.current);
  }

  timedOut(greenlet: RawGreenlet): void {
    if (this.isIt(greenlet)) this.add('timed out', null, null);
  }

  ended(greenlet: RawGreenlet): void {
    // A greenlet that never ran has no slice, so `endSlice()` does not report its end.
    if (this.isIt(greenlet) && this.runningSince === NEVER) this.add('ended', null, null);
  }

  failed(): void {}

  private isIt(greenlet: RawGreenlet): boolean {
    const { id } = greenlet as { id?: number };
    return id === undefined ? greenletId(greenlet) === this.id : id === this.id;
  }

  private begin(greenlet: RawGreenlet): void {
    moment.at = this.begun;
    const state = stateOf(greenlet);
    if (state === 'running') this.runningSince = this.begun;
    this.add(state, state === 'waiting' ? shortWait(greenlet) : null, null);
  }

  private beReady(): void {
    this.readySince = moment.at;
    this.add('ready', null, kernel.current);
  }

  private beginSlice(): void {
    const { at } = moment;
    if (this.readySince !== NEVER) this.delays.add(at - this.readySince);
    this.readySince = NEVER;
    this.runningSince = at;
    this.add('running', null, null);
  }

  private endSlice(greenlet: RawGreenlet, continues: boolean): void {
    const { at } = moment;
    if (this.runningSince !== NEVER) this.slices.add(at - this.runningSince);
    this.runningSince = NEVER;
    const { state } = greenlet;
    if (state === DEAD) this.add('ended', null, null);
    else if (continues || isQueued(state)) {
      // It was woken while it ran, or has gone to the back of the run queue itself.
      if (this.readySince === NEVER) this.readySince = at;
      this.add('ready', null, null);
    } else this.add('waiting', shortWait(greenlet), null);
  }

  private add(state: Change['state'], waitsFor: string | null, by: RawGreenlet | null): void {
    if (this.changes.length === CHANGES) this.changes.shift();
    this.changed += 1;
    const who = by === null ? null : { id: greenletId(by), name: shortName(by) };
    this.changes.push({ at: moment.at, state, waitsFor, by: who });
  }
}

function shortWait(greenlet: RawGreenlet): string | null {
  // While it switches away, it still counts as the running one.
  const text = switchText(greenlet) ?? waitText(greenlet, null);
  return text === null ? null : cut(text, LONGEST);
}
