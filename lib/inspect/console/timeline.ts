import { now } from '../clock.ts';
import { namesOfTracks } from '../names-of-tracks.ts';
import { observe } from '../observing.ts';
import { Recorder } from '../recorder.ts';
import { LoopBeat } from './loop-beat.ts';
import type { Span, TimelinePage } from './protocol.ts';
import { MIXED } from './spans.ts';
import { READY, Rows, Runs, SWITCHED } from './timeline-rows.ts';

/** How many events to keep, 24 bytes each. */
const EVENTS = 100_000;
/** How many greenlets to show: the busiest. */
const ROWS = 16;
/** The window has so many parts. What is shorter is not shown on its own. */
const PARTS = 400;
/** A greenlet that is shown stays, unless another one runs for more than twice as long. So the rows do not jump. */
const LOYALTY = 2;

/** Records what all greenlets do while a page shows it. */
export class Timeline implements Disposable {
  private readonly recorder = new Recorder(EVENTS);
  private readonly end = observe(this.recorder);
  private readonly beat = new LoopBeat();
  private readonly begun = now();
  private shown: readonly number[] = [];

  [Symbol.dispose](): void {
    this.end();
    this.beat[Symbol.dispose]();
  }

  /** The last `ms` milliseconds. */
  read(ms: number): TimelinePage {
    const { log } = this.recorder;
    const to = now();
    const window = { from: to - ms, to };
    const blocks = this.beat.blocks.filter((block) => block.to > window.from);
    const { busy, blockers } = new Runs(log, window, blocks);
    this.shown = this.busiest(busy);
    const wanted = new Set([...this.shown, ...blockers.values()]);
    const nameOf = namesOfTracks(this.recorder, (track) => wanted.has(track));
    const { hub, tracks } = new Rows(log, this.shown, window, ms / PARTS);
    const names = new Names((number) => this.recorder.names.name(number));
    return {
      view: 'timeline',
      until: performance.timeOrigin + to,
      span: ms,
      recorded: to - (log.dropped > 0 ? oldestOf(log) : this.begun),
      loop: hub.list,
      blocks: blocks.map((block) => {
        const by = blockers.get(block);
        const from = Math.max(0, block.from - window.from);
        return { from, to: block.to - window.from, by: by === undefined ? null : nameOf(by) };
      }),
      rows: [...tracks].map(([track, spans]) => ({
        track,
        name: nameOf(track),
        busy: busy.get(track) ?? 0,
        spans: spans.list.map((span) => names.mapped(span)),
      })),
      others: busy.size - tracks.size,
      names: names.list,
    };
  }

  private busiest(busy: ReadonlyMap<number, number>): number[] {
    const weightOf = (track: number): number => (busy.get(track) ?? 0) * (this.shown.includes(track) ? LOYALTY : 1);
    return [...busy.keys()]
      .sort((a, b) => weightOf(b) - weightOf(a))
      .slice(0, ROWS)
      .sort((a, b) => a - b);
  }
}

/** The names that spans refer to, each sent once. */
class Names {
  readonly list: string[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly nameOf: (number: number) => string;

  constructor(nameOf: (number: number) => string) {
    this.nameOf = nameOf;
  }

  mapped([from, to, share, what]: Span): Span {
    if (share > 0) return [from, to, share, 0];
    let number = this.numbers.get(what);
    if (number === undefined) {
      number = this.list.push(this.textOf(what)) - 1;
      this.numbers.set(what, number);
    }
    return [from, to, share, number];
  }

  private textOf(what: number): string {
    if (what === READY) return '';
    if (what === MIXED) return 'one thing after another';
    return what === SWITCHED ? 'a switch back to it' : this.nameOf(what);
  }
}

function oldestOf(log: Recorder['log']): number {
  for (const { at } of log) return at;
  return now();
}
