import type { ServerResponse } from 'node:http';
import { type HostTimer, host } from '../../hub/loop/host.ts';
import { snapshot } from '../snapshot.ts';
import type { Warning } from '../warnings.ts';
import { Paced } from './paced.ts';
import { pageOf } from './pages.ts';
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
  warnings: readonly Warning[];
  private readonly meter = new TotalsMeter();
  private readonly finding = new Paced(() => snapshot().warnings);
  private readonly counting = new Paced(() => this.meter.read(this.warnings.length));
  private ticking: HostTimer;

  constructor(tick: () => void) {
    this.warnings = this.finding.take();
    this.totals = this.counting.take();
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
    this.warnings = this.finding.next() ?? this.warnings;
    this.totals = this.counting.next() ?? this.totals;
  }

  /** Looks for warnings again, at once. */
  renew(): void {
    this.warnings = this.finding.take();
    this.totals = { ...this.totals, warnings: this.warnings.length };
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
    this.looking ??= new Looking(() => this.tick());
    const page = new Paced(() => pageOf(query, this.looking?.warnings ?? []));
    const viewer: Viewer = { response, page };
    this.viewers.add(viewer);
    response.on('close', () => this.viewers.delete(viewer));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    write(viewer, this.looking.totals, viewer.page.take());
  }

  /** Shows a change at once, not with the next period. */
  refresh(): void {
    if (this.looking === null) return;
    this.looking.renew();
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
