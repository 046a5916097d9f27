import type { ServerResponse } from 'node:http';
import { type HostTimer, host } from '../../hub/loop/host.ts';
import { Paced } from './paced.ts';
import { pageOf, warnings } from './pages.ts';
import type { Frame, Page, Totals } from './protocol.ts';
import type { Query } from './query.ts';
import { TotalsMeter } from './totals.ts';

/** How often the totals are sent, in milliseconds. */
const PERIOD = 1_000;

/** An open page. */
interface Viewer {
  readonly response: ServerResponse;
  readonly page: Paced<Page>;
}

/** What is only there while a page is open, so that the program pays nothing otherwise. */
class Looking {
  /** The latest. */
  totals: Totals;
  private readonly meter = new TotalsMeter();
  private readonly warnings = new Paced(() => warnings().length);
  private ticking: HostTimer;
  private warned: number;

  constructor(tick: () => void) {
    this.warned = this.warnings.take();
    this.totals = this.meter.read(this.warned);
    this.ticking = this.after(tick);
  }

  private after(tick: () => void): HostTimer {
    const next = (): void => {
      this.ticking = this.after(tick);
      tick();
    };
    return host.startTimer(next, PERIOD).unref();
  }

  read(): void {
    this.warned = this.warnings.next() ?? this.warned;
    this.totals = this.meter.read(this.warned);
  }

  stop(): void {
    host.stopTimer(this.ticking);
    this.meter.stop();
  }
}

/** Sends server-sent events to the open pages: the totals and what the page shows, nothing else. */
export class Streams {
  private readonly viewers = new Set<Viewer>();
  private looking: Looking | null = null;

  /** Begins a stream, which lasts until the page or the server closes it. */
  open(response: ServerResponse, query: Query): void {
    const viewer: Viewer = { response, page: new Paced(() => pageOf(query)) };
    this.looking ??= new Looking(() => this.tick());
    this.viewers.add(viewer);
    response.on('close', () => this.viewers.delete(viewer));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    write(viewer, this.looking.totals, viewer.page.take());
  }

  /** Shows a change at once, not with the next period. */
  refresh(): void {
    if (this.looking === null) return;
    for (const viewer of this.viewers) write(viewer, this.looking.totals, viewer.page.take());
  }

  close(): void {
    for (const { response } of this.viewers) response.end();
    this.stop();
  }

  /** Looks on for a period after the last page has gone: a page that goes to another view opens another stream. */
  private tick(): void {
    if (this.looking === null) return;
    if (this.viewers.size === 0) {
      this.stop();
      return;
    }
    this.looking.read();
    for (const viewer of this.viewers) {
      // A page that does not read gets no more.
      if (!viewer.response.writableNeedDrain) write(viewer, this.looking.totals, viewer.page.next());
    }
  }

  private stop(): void {
    this.looking?.stop();
    this.looking = null;
  }
}

function write({ response }: Viewer, totals: Totals, page: Page | null): void {
  const frame: Frame = { totals, page };
  response.write(`data: ${JSON.stringify(frame)}\n\n`);
}
