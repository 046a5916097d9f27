import { useEffect, useState } from 'preact/hooks';
import type { Frame, Page, Totals } from '../inspect/console/protocol.ts';
import { type History, noHistory, withTotals } from './history.ts';
import type { Route } from './route.ts';
import { openStream } from './server.ts';

/** Without a frame for so long, in milliseconds, the program does not answer. */
const PATIENCE = 3_500;

export interface Seen {
  readonly totals: Totals | null;
  readonly history: History;
  readonly page: Page | null;
  readonly measuring: Frame['measuring'];
  /** `silent`: connected, but its event loop is blocked. `lost`: not connected. */
  readonly connection: 'opening' | 'open' | 'silent' | 'lost';
}

const nothing: Seen = { totals: null, history: noHistory, page: null, measuring: 'off', connection: 'opening' };

/** What the server tells about a view. The totals and their history outlast a change of the view. */
export function useStream({ view, params }: Route): Seen {
  const [seen, setSeen] = useState(nothing);
  const asked = `${view}?${params}`;
  useEffect(() => {
    const stream = openStream(view, params);
    let silence = 0;
    const listen = () => {
      clearTimeout(silence);
      silence = window.setTimeout(() => setSeen((before) => ({ ...before, connection: 'silent' })), PATIENCE);
    };
    // Its event loop may be blocked already.
    listen();
    stream.onmessage = ({ data }) => {
      listen();
      const frame = JSON.parse(data) as Frame;
      setSeen((before) => ({
        totals: frame.totals,
        history: withTotals(before.history, before.totals, frame.totals),
        page: frame.page ?? before.page,
        measuring: frame.measuring,
        connection: 'open',
      }));
    };
    stream.onerror = () => {
      clearTimeout(silence);
      setSeen((before) => ({ ...before, connection: 'lost' }));
    };
    return () => {
      clearTimeout(silence);
      stream.close();
    };
  }, [asked]);
  return seen;
}
