import type { ServerResponse } from 'node:http';
import type { Asked } from '../asked.ts';
import { MAIN_ID } from '../identity.ts';
import { DistantGreenlet } from './distant-greenlet.ts';
import { GreenletWatch } from './greenlet-watch.ts';
import { Paced } from './paced.ts';
import { pageOf, type Sources } from './pages.ts';
import type { Frame, Page } from './protocol.ts';
import type { Query } from './query.ts';

/** An open page, and what is recorded only for it. */
export class Viewer implements Disposable {
  /** The window of a browser. Its views follow each other, each with a stream of its own. */
  readonly tab: string;
  /** Whether it wants times measured. */
  measures: boolean;
  private readonly response: ServerResponse;
  private readonly page: Paced<Page>;
  /** Asks the other processes that the page shows; null if it shows none. */
  readonly asked: Asked<unknown> | null;
  /** Whether it shows the timeline. */
  readonly isTimeline: boolean;
  private readonly watch: GreenletWatch | null;

  /** @param countPages the number of open pages, which share the time for looks */
  constructor(
    response: ServerResponse,
    query: Query,
    shared: Omit<Sources, 'watch' | 'distant'>,
    countPages: () => number,
  ) {
    this.response = response;
    this.tab = query.text('tab');
    this.measures = query.text('measure') === 'on';
    const id = query.view === 'greenlet' ? query.number('id', MAIN_ID) : MAIN_ID;
    const distant = query.view === 'greenlet' && query.path.length > 0 ? new DistantGreenlet(query) : null;
    this.watch = distant !== null || id === MAIN_ID ? null : new GreenletWatch(id);
    this.asked = query.view === 'tree' ? shared.relatives : (distant?.asked ?? null);
    this.isTimeline = query.view === 'timeline';
    this.page = new Paced(() => {
      const { warnings, timeline, relatives } = shared;
      return pageOf(query, { warnings, timeline, relatives, distant, watch: this.watch });
    }, countPages);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  }

  /** Sends the totals, and the page if it is due. A page that does not read gets no more. */
  send(frame: Omit<Frame, 'page'>): void {
    if (!this.response.writableNeedDrain) this.write(frame, this.page.next());
  }

  /** Sends all, at once. */
  sendAll(frame: Omit<Frame, 'page'>): void {
    this.write(frame, this.page.take());
  }

  end(): void {
    this.response.end();
  }

  [Symbol.dispose](): void {
    this.watch?.[Symbol.dispose]();
  }

  private write(frame: Omit<Frame, 'page'>, page: Page | null): void {
    const whole: Frame = { ...frame, page };
    this.response.write(`data: ${JSON.stringify(whole)}\n\n`);
  }
}
