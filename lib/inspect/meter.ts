import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { isQueued } from '../greenlet/state.ts';
import { hub } from '../hub/loop/hub.ts';
import { safeText } from '../hub/reports/error-text.ts';
import { now } from './clock.ts';
import { Histogram } from './histogram.ts';
import { greenletId } from './identity.ts';
import type { Measurer, Measures } from './measured.ts';
import { moment, observe, type Tool } from './observing.ts';
import type { Stats } from './stats.ts';

/** How many failures to remember. */
const MOST_FAILURES = 100;
/** In `readySince`, if it is not ready. */
const NOT_READY = -1;

/** What is known of one greenlet. */
class Note implements Measures {
  since: number;
  runs = 0;
  busy = 0;
  longest = 0;
  spins = 0;
  readySince = NOT_READY;

  constructor(since: number) {
    this.since = since;
  }
}

/** Counts for `stats()`, and measures each greenlet for `snapshot()`. It holds greenlets weakly. */
export class Meter implements Tool, Measurer {
  readonly followsSwitches = true;
  readonly readsClock = true;
  readonly failures: { id: number; name: string; error: string }[] = [];
  readonly stop: () => void;
  readonly begun = now();
  private readonly notes = new WeakMap<RawGreenlet, Note>();
  private readonly slices = new Histogram();
  private readonly delays = new Histogram();
  private running: Note | null = null;
  private runningSince = this.begun;
  /** True if the running greenlet has ended its own wait: it may go to the back of the run queue, but that is no spin. */
  private hasWokenItself = false;
  private ready = 0;
  private spawns = 0;
  private ends = 0;
  private errors = 0;
  private kills = 0;
  private timeouts = 0;
  private untaken = 0;

  constructor() {
    if (kernel.current !== kernel.main) this.running = this.noteOf(kernel.current, this.begun);
    this.stop = observe(this);
  }

  get switches(): number {
    return this.slices.count;
  }

  of(greenlet: RawGreenlet): Measures | null {
    return this.notes.get(greenlet) ?? null;
  }

  read(): Stats {
    return {
      elapsed: now() - this.begun,
      spawned: this.spawns,
      ended: this.ends,
      failed: this.errors,
      killed: this.kills,
      timeouts: this.timeouts,
      untaken: this.untaken,
      ready: this.ready,
      timers: hub.timers.size,
      slices: this.slices.read(),
      delays: this.delays.read(),
    };
  }

  spawned(greenlet: RawGreenlet): void {
    this.spawns += 1;
    this.beReady(this.noteOf(greenlet, moment.at));
  }

  woken(greenlet: RawGreenlet): void {
    const note = this.noteOf(greenlet, moment.at);
    if (note === this.running) this.hasWokenItself = true;
    else this.beReady(note);
  }

  switched(origin: RawGreenlet, target: RawGreenlet): void {
    const { at } = moment;
    // A greenlet that is resumed by itself has been at the back of the run queue, but is not queued any more.
    if (this.running !== null) this.endSlice(this.running, origin === target || isQueued(origin.state));
    this.runningSince = at;
    if (target === kernel.main) {
      this.running = null;
      return;
    }
    const note = this.noteOf(target, at);
    if (note.readySince !== NOT_READY) this.delays.add(at - note.readySince);
    this.beNoLongerReady(note);
    note.since = at;
    note.runs += 1;
    this.running = note;
  }

  killed(): void {
    this.kills += 1;
  }

  timedOut(): void {
    this.timeouts += 1;
  }

  ended(greenlet: RawGreenlet, hasFailed: boolean, result: unknown): void {
    this.ends += 1;
    if (hasFailed && !isA(result, GreenletExit)) this.errors += 1;
    const note = this.notes.get(greenlet);
    if (note !== undefined) this.beNoLongerReady(note);
  }

  failed(greenlet: RawGreenlet, error: unknown): void {
    this.untaken += 1;
    if (this.failures.length === MOST_FAILURES) this.failures.shift();
    this.failures.push({ id: greenletId(greenlet), name: greenlet.name, error: safeText(() => error) });
  }

  private noteOf(greenlet: RawGreenlet, at: number): Note {
    const known = this.notes.get(greenlet);
    if (known !== undefined) return known;
    const note = new Note(at);
    this.notes.set(greenlet, note);
    return note;
  }

  private endSlice(note: Note, isReady: boolean): void {
    const { at } = moment;
    const lasted = at - this.runningSince;
    this.slices.add(lasted);
    note.busy += lasted;
    if (lasted > note.longest) note.longest = lasted;
    note.since = at;
    // If it was not woken, it has gone to the back of the run queue itself.
    if (isReady && note.readySince === NOT_READY) {
      note.spins = this.hasWokenItself ? 0 : note.spins + 1;
      this.beReady(note);
    } else note.spins = 0;
    this.hasWokenItself = false;
  }

  private beReady(note: Note): void {
    if (note.readySince === NOT_READY) this.ready += 1;
    note.readySince = moment.at;
    note.since = moment.at;
  }

  private beNoLongerReady(note: Note): void {
    if (note.readySince !== NOT_READY) this.ready -= 1;
    note.readySince = NOT_READY;
  }
}
