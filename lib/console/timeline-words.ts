import type { Span, TimelinePage } from '../inspect/console/protocol.ts';
import { fine } from './format.ts';
import type { Place } from './timeline.tsx';

/** What happens at a place of the timeline, in words; null if there is none. */
export function told(page: TimelinePage, place: Place | null): string | null {
  if (place === null) return null;
  const ago = place.at >= page.span ? 'now' : `${fine(page.span - place.at)} ago`;
  if (place.row === 0) return `${ago}: ${loopAt(page, place.at)}`;
  const row = page.rows[place.row - 1];
  if (row === undefined) return null;
  return `${ago}: ${row.name} ${doingAt(page, spanAt(row.spans, place.at))}`;
}

function loopAt({ blocks, loop }: TimelinePage, at: number): string {
  const block = blocks.find(({ from, to }) => from <= at && at <= to);
  if (block !== undefined) {
    return `${block.by ?? 'something'} blocks the event loop for ${fine(block.to - block.from)}`;
  }
  const span = spanAt(loop, at);
  return span === undefined ? 'no greenlet runs' : `greenlets run for ${part(span)}`;
}

function doingAt({ names }: TimelinePage, span: Span | undefined): string {
  if (span === undefined) return 'was not seen, or does not exist';
  const [from, to, share, what] = span;
  if (share > 0) return `runs for ${part(span)}`;
  const name = names[what] ?? '';
  return name === '' ? `is ready for ${fine(to - from)}` : `waits for ${name}, ${fine(to - from)}`;
}

/** Many short runs are one span. */
function part([from, to, share]: Span): string {
  const lasted = to - from;
  return share === 1 ? fine(lasted) : `${fine(share * lasted)} of ${fine(lasted)}`;
}

function spanAt(spans: readonly Span[], at: number): Span | undefined {
  return spans.find(([from, to]) => from <= at && at <= to);
}
