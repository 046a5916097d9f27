import { HUB, kind, type LoggedEvent, stop } from '../event-log.ts';
import type { Block } from './loop-beat.ts';
import { RUNS, Spans } from './spans.ts';

/** Stand for the number of a wait while a greenlet is ready, or has switched away. All other numbers are those of the recording. */
export const READY = -2;
export const SWITCHED = -3;

/** A part of the time that is shown, in milliseconds of `performance.now()`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** How long each track has run within a window, and which track has blocked the event loop. */
export class Runs {
  readonly busy = new Map<number, number>();
  readonly blockers = new Map<Block, number>();
  private readonly window: Window;
  private readonly blocks: readonly Block[];

  constructor(events: Iterable<LoggedEvent>, window: Window, blocks: readonly Block[]) {
    this.window = window;
    this.blocks = blocks;
    let running = HUB;
    let since = 0;
    for (const event of events) {
      if (event.kind !== kind.RUN) continue;
      this.ran(running, since, event.at);
      running = event.who;
      since = event.at;
    }
    this.ran(running, since, window.to);
  }

  private ran(track: number, since: number, until: number): void {
    const lasted = until - Math.max(since, this.window.from);
    if (track === HUB || lasted <= 0) return;
    this.busy.set(track, (this.busy.get(track) ?? 0) + lasted);
    for (const block of this.blocks) {
      const common = Math.min(until, block.to) - Math.max(since, block.from);
      if (common > (block.to - block.from) / 2) this.blockers.set(block, track);
    }
  }
}

/** What some tracks do, and when any greenlet runs. */
export class Rows {
  /** When the hub resumes greenlets. */
  readonly hub: Spans;
  readonly tracks: ReadonlyMap<number, Spans>;
  private readonly states = new Map<number, { since: number; what: number }>();
  private running = HUB;
  private drainSince: number | null = null;

  constructor(events: Iterable<LoggedEvent>, wanted: readonly number[], { from, to }: Window, shortest: number) {
    this.hub = new Spans(from, shortest);
    this.tracks = new Map(wanted.map((track) => [track, new Spans(from, shortest)]));
    for (const event of events) this.take(event);
    for (const track of wanted) this.enter(track, to, null);
    if (this.drainSince !== null) this.hub.add(this.drainSince, to, RUNS);
    this.hub.finish();
    for (const spans of this.tracks.values()) spans.finish();
  }

  private take({ at, kind: happened, who, other }: LoggedEvent): void {
    if (happened === kind.RUN) this.run(at, who, other);
    else if (happened === kind.WAKE || happened === kind.SPAWN) {
      if (who !== this.running) this.enter(who, at, READY);
    }
  }

  private run(at: number, who: number, why: number): void {
    this.enter(this.running, at, why === stop.ENDED ? null : whatFor(why));
    this.enter(who, at, RUNS);
    this.running = who;
    if (who !== HUB) this.drainSince ??= at;
    else if (this.drainSince !== null) {
      this.hub.add(this.drainSince, at, RUNS);
      this.drainSince = null;
    }
  }

  /** A track begins to do something else; null if it has ended. */
  private enter(track: number, at: number, what: number | null): void {
    const spans = this.tracks.get(track);
    if (spans === undefined) return;
    const state = this.states.get(track);
    if (state !== undefined) spans.add(state.since, at, state.what);
    if (what === null) this.states.delete(track);
    else this.states.set(track, { since: at, what });
  }
}

function whatFor(why: number): number {
  if (why === stop.READY) return READY;
  return why === stop.SWITCHED ? SWITCHED : why;
}
