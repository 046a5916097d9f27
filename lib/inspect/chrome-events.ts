/**
 * Turns an event log into events of Chrome's trace format. Perfetto, `chrome://tracing` and others read it.
 *
 * | ph | what |
 * |---|---|
 * | `M` | names of the process and of the tracks |
 * | `X` | a slice: a greenlet runs, is ready, or waits; the hub resumes greenlets |
 * | `s`, `f` | an arrow from the code that wakes or spawns a greenlet to the greenlet's next slice |
 * | `i` | a mark: spawn, kill, timeout, error |
 * | `C` | the numbers of ready greenlets and of timers |
 *
 * Slices of a track follow each other, or are inside each other, as the format demands. Chrome's DevTools bind an arrow to the slice
 * of the same category that begins at the same time. So each wake is a slice of no duration.
 */
import { toHrtime } from './clock.ts';
import { type EventLog, HUB, kind, type LoggedEvent, stop } from './event-log.ts';

/** One event of the trace. Times are in microseconds of `process.hrtime()`, as in traces of V8. */
export interface TraceEvent {
  readonly ph: 'M' | 'X' | 's' | 'f' | 'i' | 'C';
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  /** The track: the id of the greenlet, or a number above 2^30 for the hub and for raw greenlets. */
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  readonly bp?: 'e';
  readonly s?: 't';
  readonly args?: Readonly<Record<string, string | number>>;
}

/** What the conversion must know besides the events. */
export interface TraceSource {
  readonly log: EventLog;
  readonly pid: number;
  /** Why greenlets did not run when the recording began, by their tracks; see `stop`. */
  readonly before: ReadonlyMap<number, number>;
  /** When the recording has ended, in milliseconds of `performance.now()`. */
  readonly end: number;
  nameOfWait(number: number): string;
  nameOfTrack(track: number): string;
}

/** The `tid` of the hub. Raw greenlets have the numbers after it. */
const HUB_TID = 2 ** 30;
const CATEGORY = 'greenhub';
/** A microsecond has this many fractions. It is a power of two, so that `ts + dur` is exact, and the next slice begins there. */
const FRACTIONS = 1_024;
/** The least milliseconds between two values of a counter, except when the hub rests. */
const COUNTER_INTERVAL = 0.1;

/** Why a greenlet does not run, and since when. */
interface Pause {
  readonly since: number;
  readonly name: string;
  readonly isReady: boolean;
  /** The arrow that leads to its next slice; 0 if there is none. */
  readonly arrow: number;
}

/** Passes the events of the trace to `emit`, in the order in which they end. It is no generator, because a trace may have millions. */
export function chromeEvents(source: TraceSource, emit: (event: TraceEvent) => void): void {
  new Conversion(source, emit).convertAll();
}

class Conversion {
  private readonly source: TraceSource;
  private readonly emit: (event: TraceEvent) => void;
  private readonly pauses = new Map<number, Pause>();
  private readonly seen = new Set<number>();
  private running: number | null = null;
  private runningSince = 0;
  private drainSince: number | null = null;
  private arrows = 0;
  private ready = 0;
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(source: TraceSource, emit: (event: TraceEvent) => void) {
    this.source = source;
    this.emit = emit;
  }

  convertAll(): void {
    const { source } = this;
    this.metadata('process_name', 0, { name: `greenhub ${source.pid}` });
    this.track(HUB);
    // If the oldest events are missing, it is not known for how long that was so.
    if (source.log.dropped === 0) this.begin();
    for (const event of source.log) {
      this.track(event.who);
      this.convert(event);
    }
    if (this.running !== null) this.endSlice(this.running, source.end);
    if (this.drainSince !== null) this.drained(source.end);
    for (const [track, pause] of this.pauses) this.slice(track, pause.name, pause.since, source.end);
  }

  /** The greenlets that were there already are ready, or wait. */
  private begin(): void {
    const { before, log } = this.source;
    const [first] = log;
    if (first === undefined) return;
    for (const [track, reason] of before) {
      this.track(track);
      this.pause(track, first.at, reason);
    }
  }

  private convert(event: LoggedEvent): void {
    const { at, who, other } = event;
    switch (event.kind) {
      case kind.RUN:
        this.run(at, who, other);
        break;
      case kind.SPAWN:
        this.mark(at, other, `spawn ${this.source.nameOfTrack(who)}`);
        this.makeReady(at, who, other, 'spawns');
        break;
      case kind.WAKE:
        this.makeReady(at, who, other, 'wakes');
        break;
      case kind.KILL:
        this.mark(at, who, `kill by ${this.source.nameOfTrack(other)}`);
        break;
      case kind.TIMEOUT:
        this.mark(at, who, 'timeout');
        break;
      case kind.FAIL:
        this.mark(at, who, 'error');
        this.unpause(at, who);
        break;
      case kind.END:
        this.unpause(at, who);
        break;
      case kind.UNTAKEN:
        this.mark(at, who, 'error that nobody took');
        break;
      case kind.TIMERS:
        this.counter(at, 'timers', other);
        break;
    }
  }

  private run(at: number, target: number, reason: number): void {
    const { running } = this;
    if (running !== null) {
      this.endSlice(running, at);
      if (running !== HUB) this.pause(running, at, reason);
    }
    const arrow = this.pauses.get(target)?.arrow ?? 0;
    this.unpause(at, target);
    if (arrow !== 0) this.arrow('f', arrow, target, at);
    this.running = target;
    this.runningSince = at;
    if (target === HUB) this.drained(at);
    else this.drainSince ??= at;
    if (target === HUB || at - this.countedAt >= COUNTER_INTERVAL) {
      this.countedAt = at;
      this.counter(at, 'ready', this.ready);
    }
  }

  private endSlice(track: number, at: number): void {
    if (track === HUB) return;
    this.slice(track, this.source.nameOfTrack(track), this.runningSince, at);
  }

  /** The hub has resumed all the greenlets that it could. */
  private drained(at: number): void {
    if (this.drainSince !== null) this.slice(HUB, 'drain', this.drainSince, at);
    this.drainSince = null;
  }

  /** A greenlet has stopped running. */
  private pause(track: number, since: number, reason: number): void {
    if (reason === stop.ENDED) return;
    if (reason === stop.READY) this.beReady(track, since, 0);
    else {
      const what = reason === stop.SWITCHED ? 'a switch back to it' : this.source.nameOfWait(reason);
      this.pauses.set(track, { since, name: `waits for ${what}`, isReady: false, arrow: 0 });
    }
  }

  private beReady(track: number, since: number, arrow: number): void {
    this.ready += 1;
    this.pauses.set(track, { since, name: 'ready', isReady: true, arrow });
  }

  /** A greenlet runs again, or has ended. */
  private unpause(at: number, track: number): void {
    const pause = this.pauses.get(track);
    if (pause === undefined) return;
    this.pauses.delete(track);
    if (pause.isReady) this.ready -= 1;
    this.slice(track, pause.name, pause.since, at);
  }

  /** The code on the track `by` has made a greenlet ready. */
  private makeReady(at: number, track: number, by: number, verb: string): void {
    // A greenlet that ends its own wait runs on, or goes to the back of the run queue: see `run()`.
    if (track === this.running) return;
    this.track(by);
    this.unpause(at, track);
    this.arrows += 1;
    this.slice(by, `${verb} ${this.source.nameOfTrack(track)}`, at, at);
    this.arrow('s', this.arrows, by, at);
    this.beReady(track, at, this.arrows);
  }

  /** Names a track when it is first met. */
  private track(track: number): void {
    if (this.seen.has(track)) return;
    this.seen.add(track);
    this.metadata('thread_name', track, { name: this.source.nameOfTrack(track) });
    this.metadata('thread_sort_index', track, { sort_index: track === HUB ? -1 : tid(track) });
  }

  private slice(track: number, name: string, since: number, end: number): void {
    const ts = this.micros(since);
    const dur = this.micros(end) - ts;
    this.emit({ ph: 'X', name, pid: this.source.pid, tid: tid(track), ts, cat: CATEGORY, dur });
  }

  private arrow(ph: 's' | 'f', id: number, track: number, at: number): void {
    const { pid } = this.source;
    const event: TraceEvent = { ph, name: 'wake', pid, tid: tid(track), ts: this.micros(at), cat: CATEGORY, id };
    this.emit(ph === 's' ? event : { ...event, bp: 'e' });
  }

  private mark(at: number, track: number, name: string): void {
    this.emit({ ph: 'i', name, pid: this.source.pid, tid: tid(track), ts: this.micros(at), cat: 'mark', s: 't' });
  }

  private counter(at: number, name: string, value: number): void {
    this.emit({ ph: 'C', name, pid: this.source.pid, tid: HUB_TID, ts: this.micros(at), args: { [name]: value } });
  }

  private metadata(name: string, track: number, args: Record<string, string | number>): void {
    this.emit({ ph: 'M', name, pid: this.source.pid, tid: tid(track), args });
  }

  private micros(at: number): number {
    return Math.round(toHrtime(at) * 1_000 * FRACTIONS) / FRACTIONS;
  }
}

function tid(track: number): number {
  return track > 0 ? track : HUB_TID - track;
}
