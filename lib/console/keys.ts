import { useEffect } from 'preact/hooks';
import { linkTo } from './route.ts';

/** The views in the order of their keys, from 1 on. */
export const views = ['overview', 'greenlets', 'objects', 'tree', 'timeline', 'warnings'] as const;

/** Digits change the view, `/` goes to the filter, `j` and `k` go along the rows, Escape goes back. */
export function useKeys(): void {
  useEffect(() => {
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

function press(event: KeyboardEvent): void {
  const { key, target } = event;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping) {
    if (key === 'Escape') target.blur();
    return;
  }
  const view = views[Number(key) - 1];
  if (view !== undefined) location.hash = linkTo(view);
  else if (key === '/') document.querySelector<HTMLInputElement>('.filter')?.focus();
  else if (key === 'j') step(1);
  else if (key === 'k') step(-1);
  else if (key === 'Escape') history.back();
  else return;
  event.preventDefault();
}

/** Moves the focus to the next or the previous row. */
function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('a[data-row], summary[data-row], [data-row] a')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}
