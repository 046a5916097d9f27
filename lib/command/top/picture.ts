import type { GreenletInfo } from '../../inspect/greenlet-info.ts';
import type { ProgramOverview } from '../../inspect/requests.ts';
import { greenletLine } from '../../inspect/run-info.ts';
import { duration } from '../duration.ts';
import { plain } from '../plain.ts';
import { childrenLines, cut, placesLine, rowLines, summaryLine } from './rows.ts';
import type { TopState } from './state.ts';

/** What `greenhub top` shows. */
export interface View {
  readonly state: TopState;
  readonly overview: ProgramOverview;
  readonly switchesPerSecond: number | null;
  /** The greenlet that is open; null if it has ended. */
  readonly opened: GreenletInfo | null;
  /** What has happened last; empty if nothing has. */
  readonly message: string;
}

/** A line of the screen. */
export interface ScreenLine {
  readonly text: string;
  readonly isMarked: boolean;
}

/** The lines that are no greenlets, if there are no children: three above the table, its head, an empty one, and the keys. */
export const OTHER_LINES = 6;

const TABLE_KEYS = 'sort: b busy  s since  r runs  i id    ↑↓ choose  ⏎ stack  x kill  q quit';
const STACK_KEYS = 'esc back  x kill';

/** Lays a view out, in lines that fit. */
export function picture(view: View, columns: number, rows: number): ScreenLine[] {
  const { state, overview } = view;
  const content = state.isOpen ? openedLines(view, columns) : tableLines(view);
  const head = [
    line(`greenhub top: process ${overview.pid}, measured for ${duration(overview.elapsed)}, sorted by ${state.sort}`),
    line(summaryLine(overview, view.switchesPerSecond)),
    line(placesLine(overview)),
    ...childrenLines(overview).map(line),
  ];
  const all = [...head, ...content].slice(0, Math.max(0, rows - 1));
  return [...all, line(footOf(view))].map(({ text, isMarked }) => ({ text: cut(text, columns), isMarked }));
}

function tableLines({ state, overview }: View): ScreenLine[] {
  const [head = '', ...rows] = rowLines(overview);
  const lines = rows.map((text, i) => ({ text, isMarked: overview.greenlets[i]?.id === state.selected }));
  return [line(''), line(head), ...lines];
}

function openedLines({ state, opened }: View, columns: number): ScreenLine[] {
  if (opened === null) return [line(''), line(`#${state.selected} has ended`)];
  const stack = opened.stack ?? [];
  const frames = stack.length === 0 ? ['(no stack is known)'] : stack;
  const lines = ['', greenletLine(opened), ...frames.map((frame) => `    ${frame}`)];
  return lines.flatMap((text) => wrapped(plain(text), columns)).map(line);
}

/** Continues a line that is too long on the next ones. */
function wrapped(text: string, columns: number): string[] {
  const rest = text.slice(columns);
  return rest === '' ? [text] : [text.slice(0, columns), ...wrapped(`      ${rest}`, Math.max(columns, 7))];
}

function footOf({ state, overview, message }: View): string {
  if (state.isKilling) {
    const name = overview.greenlets.find(({ id }) => id === state.selected)?.name ?? '';
    return `Kill #${state.selected} ${plain(name)}? y/n`;
  }
  if (message !== '') return plain(message);
  return state.isOpen ? STACK_KEYS : TABLE_KEYS;
}

function line(text: string): ScreenLine {
  return { text, isMarked: false };
}
