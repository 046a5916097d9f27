import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimelinePage, TimelineRow } from '../inspect/console/protocol.ts';
import { clock, counted, fine } from './format.ts';
import { GreenletLink, Nothing } from './parts.tsx';
import { changed, type Route } from './route.ts';
import { useTheme } from './theme.ts';
import { draw, LOOP_HEIGHT, ROW_HEIGHT } from './timeline-drawing.ts';
import { told } from './timeline-words.ts';

const windows = [2, 10, 30];
const USUAL = 10;
/** In milliseconds. */
const JUST_BEGUN = 500;

/** A place in the drawing: a row, where 0 is that of the event loop, and a time since the beginning of the window. */
export interface Place {
  readonly row: number;
  readonly at: number;
}

/** What the busiest greenlets have done in the last seconds. It can be stopped to be looked at. */
export function Timeline({ page, route }: { page: TimelinePage; route: Route }) {
  const [paused, setPaused] = useState<TimelinePage | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const shown = paused ?? page;
  const toggle = () => setPaused((before) => (before === null ? page : null));
  useTimelineKeys(shown, toggle, setPlace);
  const seconds = Number(route.params.get('seconds') ?? USUAL);
  return (
    <section class="panel timeline">
      <div class="tools">
        <div class="segments">
          {windows.map((each) => (
            <a
              key={each}
              href={changed(route, { seconds: each === USUAL ? null : each })}
              aria-current={each === seconds ? 'true' : undefined}
              onClick={() => setPaused(null)}
            >
              {each} s
            </a>
          ))}
        </div>
        <button type="button" class="pause" aria-pressed={paused !== null} onClick={toggle}>
          {paused === null ? 'Pause' : 'Continue'} <kbd>Space</kbd>
        </button>
        <Legend />
      </div>
      <p class="reading" role={paused === null ? undefined : 'status'}>
        {told(shown, place) ?? <Hint isPaused={paused !== null} until={shown.until} />}
      </p>
      <Rows page={shown} place={place} setPlace={setPlace} />
      {shown.rows.length === 0 && (
        <Nothing>
          {shown.recorded < JUST_BEGUN ? 'The recording has just begun.' : 'No greenlet has run in this time.'}
        </Nothing>
      )}
      <p class="pager">
        {shown.others > 0 && <span>{counted(shown.others, 'other greenlet')} ran, for a shorter time.</span>}
        {shown.recorded >= JUST_BEGUN && shown.recorded < shown.span && (
          <span>
            The last {fine(shown.recorded)} are recorded: from when this page was opened, or as much as has room.
          </span>
        )}
      </p>
    </section>
  );
}

function Hint({ isPaused, until }: { isPaused: boolean; until: number }) {
  return (
    <span class="faint">
      {isPaused ? `Stopped at ${clock(until)}. ` : ''}Point at a time, or go along it with <kbd>←</kbd> <kbd>→</kbd>.
    </span>
  );
}

function Legend() {
  return (
    <span class="legend">
      {['runs', 'ready', 'waits', 'blocked'].map((each) => (
        <span key={each}>
          <i class={each} />
          {each === 'blocked' ? 'event loop blocked' : each}
        </span>
      ))}
    </span>
  );
}

interface RowsProps {
  page: TimelinePage;
  place: Place | null;
  setPlace: (place: Place | null) => void;
}

/** The names on the left, and beside them the drawing. */
function Rows({ page, place, setPlace }: RowsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const width = useWidth(canvas);
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, page, place, width);
  }, [page, place, theme, width]);
  const point = ({ offsetX, offsetY }: PointerEvent) => {
    const row = offsetY < LOOP_HEIGHT ? 0 : 1 + Math.floor((offsetY - LOOP_HEIGHT) / ROW_HEIGHT);
    setPlace(row > page.rows.length ? null : { row, at: (offsetX / width) * page.span });
  };
  return (
    <div class="rows">
      <ol style={{ '--row': `${ROW_HEIGHT}px`, '--loop': `${LOOP_HEIGHT}px` }}>
        <li class="faint">event loop</li>
        {page.rows.map((row) => (
          <Name key={row.track} row={row} />
        ))}
      </ol>
      <div class="drawing">
        <canvas
          ref={canvas}
          role="img"
          aria-label={summaryOf(page)}
          onPointerMove={point}
          onPointerLeave={() => setPlace(null)}
        />
      </div>
    </div>
  );
}

function summaryOf({ rows, span, blocks }: TimelinePage): string {
  const blocked = blocks.length === 0 ? '' : `; the event loop was blocked, ${counted(blocks.length, 'time')}`;
  return `What ${counted(rows.length, 'greenlet')} did in the last ${fine(span)}${blocked}`;
}

function Name({ row: { track, name, busy } }: { row: TimelineRow }) {
  return (
    <li title={`${name}: ran for ${fine(busy)}`}>
      {track > 0 ? (
        <span data-row>
          <GreenletLink id={track} name={name} />
        </span>
      ) : (
        <span>{name}</span>
      )}
    </li>
  );
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const box = element.current?.parentElement as HTMLElement;
    const resizing = new ResizeObserver(() => setWidth(box.clientWidth));
    resizing.observe(box);
    return () => resizing.disconnect();
  }, []);
  return width;
}

/** Space stops and continues, and the arrows go along the time, in the row that has the focus. */
function useTimelineKeys(
  page: TimelinePage,
  toggle: () => void,
  setPlace: (change: (before: Place | null) => Place) => void,
) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { key, target, shiftKey, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey) return;
      if (key === ' ' && !(target instanceof HTMLButtonElement)) toggle();
      else if (key === 'ArrowLeft' || key === 'ArrowRight') {
        const step = ((key === 'ArrowLeft' ? -1 : 1) * page.span) / (shiftKey ? 10 : 100);
        setPlace((before) => moved(before, step, page));
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

function moved(before: Place | null, step: number, { span, rows }: TimelinePage): Place {
  const focused = [...document.querySelectorAll('.timeline li')].findIndex((row) =>
    row.contains(document.activeElement),
  );
  const row = focused > 0 ? focused : (before?.row ?? Math.min(1, rows.length));
  return { row, at: Math.min(span, Math.max(0, (before?.at ?? span) + step)) };
}
