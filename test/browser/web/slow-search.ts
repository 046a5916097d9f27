import { AsyncResult, type Coroutine, Event } from 'greenhub';
import type { HttpServerRequest, HttpServerResponse } from 'greenhub/net';

/** A search for the web examples that answers when the test says so. */
export class SlowSearch {
  /** The texts that were asked for, in order. */
  readonly texts: string[] = [];
  private readonly requests = new Map<string, SlowRequest>();

  /** The request for a text, which may come later. */
  for(text: string): SlowRequest {
    const request = this.requests.get(text) ?? new SlowRequest();
    this.requests.set(text, request);
    return request;
  }

  *answer(request: HttpServerRequest, response: HttpServerResponse): Coroutine<void> {
    const text = new URL(request.url ?? '/', 'http://localhost').searchParams.get('q') ?? '';
    this.texts.push(text);
    yield* this.for(text).serve(response);
  }
}

class SlowRequest {
  /** Set when the request has reached the server. */
  readonly arrived = new Event();
  /** Set when the page has given it up: the server has killed its greenlet. */
  readonly givenUp = new Event();
  private readonly reply = new AsyncResult<{ status: number; cities: string[] }>();

  succeed(...cities: string[]): void {
    this.reply.set({ status: 200, cities });
  }

  fail(status: number): void {
    this.reply.set({ status, cities: [] });
  }

  *serve(response: HttpServerResponse): Coroutine<void> {
    this.arrived.set();
    try {
      const { status, cities } = yield* this.reply.get();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(cities));
    } finally {
      if (!response.writableEnded) this.givenUp.set();
    }
  }
}
