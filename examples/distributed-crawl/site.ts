import { AsyncResult, Event } from 'greenhub';
import { HttpServer, type HttpServerRequest, type HttpServerResponse } from 'greenhub/net';

/** A site on loopback. Page n links to the pages 2n and 2n + 1, and back to page n / 2, so that all are found from page 1. */
export class Site {
  /** How many requests it has received. */
  requests = 0;
  /** The process that waits for the held page. */
  readonly holding = new AsyncResult<number>();
  private readonly server: HttpServer;
  private readonly pages: number;
  private readonly held: number;
  private readonly holds: ReadonlySet<number>;

  /**
   * @param pages how many pages it has
   * @param held a page whose first request is never answered
   * @param holds the processes that this happens to
   */
  constructor(pages: number, held: number, holds: ReadonlySet<number>) {
    this.pages = pages;
    this.held = held;
    this.holds = holds;
    this.server = new HttpServer({ port: 0, host: '127.0.0.1' }, (asked, response) => this.answer(asked, response));
  }

  start() {
    return this.server.start();
  }

  stop() {
    return this.server.stop();
  }

  url(page: number): string {
    return `http://127.0.0.1:${this.server.port}/${page}`;
  }

  private *answer(asked: HttpServerRequest, response: HttpServerResponse) {
    this.requests += 1;
    const page = Number(asked.url?.slice(1));
    const pid = Number(/^worker (\d+)$/.exec(asked.headers['user-agent'] ?? '')?.[1]);
    if (page === this.held && !this.holding.ready() && this.holds.has(pid)) {
      this.holding.set(pid);
      yield* new Event().wait(); // until the client is gone
    }
    const links = [Math.floor(page / 2), 2 * page, 2 * page + 1].filter((link) => link >= 1 && link <= this.pages);
    response.setHeader('content-type', 'text/html');
    response.end(`<title>Page ${page}</title>${links.map((link) => `<a href="/${link}">page ${link}</a>`).join('\n')}`);
  }
}
