/** A console's page without a browser. */
import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Frame, Page } from '../../lib/inspect/console/protocol.ts';
import type { ConsoleServer } from '../../lib/inspect/index.ts';

export interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Asks for a path of the console, with its token unless the options say otherwise. */
export async function ask(
  { url }: ConsoleServer,
  path: string,
  { token = tokenOf(url), ...options }: RequestOptions & { token?: string | null } = {},
): Promise<Answer> {
  const { hostname: host, port } = new URL(url);
  // Not made by URL, which would mend it.
  const target = token === null ? path : `${path}${path.includes('?') ? '&' : '?'}token=${token}`;
  const sent = request({ host, port, path: target, agent: false, ...options }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

export function tokenOf(url: string): string {
  return new URL(url).searchParams.get('token') ?? '';
}

/** The frames of an open page. Leaving the loop closes it. */
export async function* watch({ url }: ConsoleServer, params: string): AsyncGenerator<Frame> {
  const sent = request(new URL(`/events?${params}&token=${tokenOf(url)}`, url), { agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let received = '';
  try {
    for await (const chunk of response) {
      const events = (received + String(chunk)).split('\n\n');
      received = events.pop() ?? '';
      for (const event of events) yield JSON.parse(event.replace(/^data: /, '')) as Frame;
    }
  } finally {
    sent.destroy();
  }
}

/** What a page shows first. */
export async function firstOf<View extends Page['view']>(
  server: ConsoleServer,
  view: View,
  params = '',
): Promise<Extract<Page, { view: View }>> {
  for await (const { page } of watch(server, `view=${view}&${params}`)) {
    return page as Extract<Page, { view: View }>;
  }
  throw new Error('the stream has ended');
}

/** Waits, without a time, until something outside greenlets is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
