import type { ServerResponse } from 'node:http';
import { guarded, reportOnce } from '../guarded.ts';
import { Looking } from './looking.ts';
import type { Frame } from './protocol.ts';
import type { Query } from './query.ts';
import { Viewer } from './viewer.ts';

/** Sends server-sent events to the open pages: the totals and what the page shows, nothing else. */
export class Streams {
  private readonly viewers = new Set<Viewer>();
  private looking: Looking | null = null;

  /** Begins a stream, which lasts until the page or the server closes it. */
  open(response: ServerResponse, query: Query): void {
    this.looking ??= new Looking(() => guarded(() => this.tick()));
    const { looking } = this;
    const viewer = new Viewer(response, query, looking, () => this.viewers.size);
    this.viewers.add(viewer);
    response.on('close', () => {
      this.viewers.delete(viewer);
      viewer[Symbol.dispose]();
    });
    if (viewer.measures) looking.measure(true);
    if (viewer.isTimeline) looking.record(true);
    this.askOthers([viewer], looking);
    viewer.sendAll(frameFor(viewer, looking));
  }

  /** Measures times, or no longer, for one window of a browser. False if it has no open page. */
  measure(tab: string, isWanted: boolean): boolean {
    const { looking } = this;
    const viewers = [...this.viewers].filter((viewer) => viewer.tab === tab);
    if (looking === null || viewers.length === 0) return false;
    for (const viewer of viewers) viewer.measures = isWanted;
    looking.measure(this.isMeasuringWanted());
    for (const viewer of this.viewers) viewer.sendAll(frameFor(viewer, looking));
    return true;
  }

  /** Shows a change at once, not with the next period. */
  refresh(): void {
    const { looking } = this;
    if (looking === null) return;
    looking.renew();
    this.askOthers(this.viewers, looking);
    for (const viewer of this.viewers) viewer.sendAll(frameFor(viewer, looking));
  }

  close(): void {
    for (const viewer of this.viewers) viewer.end();
    this.stop();
  }

  /** Keeps looking for one period after the last page has gone, because a page that changes its view opens a new stream. */
  private tick(): void {
    const { looking } = this;
    if (looking === null) return;
    if (this.viewers.size === 0) {
      this.stop();
      return;
    }
    looking.measure(this.isMeasuringWanted());
    looking.record([...this.viewers].some(({ isTimeline }) => isTimeline));
    this.askOthers(this.viewers, looking);
    looking.read();
    for (const viewer of this.viewers) viewer.send(frameFor(viewer, looking));
  }

  /** Asks the other processes that these pages show. Shows what they answer at once, unless it is too early to look again. */
  private askOthers(viewers: Iterable<Viewer>, looking: Looking): void {
    for (const asked of new Set([...viewers].map((viewer) => viewer.asked))) {
      const show = (): void => {
        for (const viewer of this.viewers) if (viewer.asked === asked) viewer.send(frameFor(viewer, looking));
      };
      asked?.renew(show).catch(reportOnce);
    }
  }

  private isMeasuringWanted(): boolean {
    return [...this.viewers].some(({ measures }) => measures);
  }

  private stop(): void {
    this.looking?.stop();
    this.looking = null;
  }
}

function frameFor({ measures }: Viewer, { totals, isMeasured }: Looking): Omit<Frame, 'page'> {
  return { totals, measuring: measures ? 'here' : isMeasured ? 'elsewhere' : 'off' };
}
