import type { OverviewOrder } from '../../inspect/overview.ts';

/** What the user of `greenhub top` has chosen so far. */
export interface TopState {
  readonly sort: OverviewOrder;
  /** The id of the chosen greenlet; null as long as nothing is chosen. */
  readonly selected: number | null;
  /** Whether the chosen greenlet is shown with its stack, instead of the table. */
  readonly isOpen: boolean;
  /** Whether the user was asked if the chosen greenlet shall be killed. */
  readonly isKilling: boolean;
}

/** What is to be done after a key. */
export type Wish = 'draw' | 'ask' | 'kill' | 'quit';

export const initial: TopState = { sort: 'busy', selected: null, isOpen: false, isKilling: false };

/** The key that quits at any time. */
export const INTERRUPT = 'ctrl-c';

const orders: Readonly<Record<string, OverviewOrder>> = { b: 'busy', s: 'since', r: 'runs', i: 'id' };

/**
 * Follows one key.
 *
 * @param key its name, as `node:readline` has it
 * @param ids the greenlets of the table, in its order
 */
export function press(state: TopState, key: string, ids: readonly number[]): [state: TopState, wish: Wish] {
  if (key === INTERRUPT) return [state, 'quit'];
  if (state.isKilling) return [{ ...state, isKilling: false }, key === 'y' ? 'kill' : 'draw'];
  if (key === 'x' && state.selected !== null) return [{ ...state, isKilling: true }, 'draw'];
  if (state.isOpen)
    return ['q', 'escape', 'return', 'left'].includes(key) ? [{ ...state, isOpen: false }, 'ask'] : [state, 'draw'];
  const sort = orders[key];
  if (sort !== undefined) return [{ ...state, sort }, 'ask'];
  switch (key) {
    case 'q':
      return [state, 'quit'];
    case 'down':
    case 'j':
      return [moved(state, ids, 1), 'draw'];
    case 'up':
    case 'k':
      return [moved(state, ids, -1), 'draw'];
    case 'escape':
      return [{ ...state, selected: null }, 'draw'];
    case 'return':
    case 'right':
      return state.selected === null ? [state, 'draw'] : [{ ...state, isOpen: true }, 'ask'];
    default:
      return [state, 'draw'];
  }
}

function moved(state: TopState, ids: readonly number[], by: 1 | -1): TopState {
  const at = state.selected === null ? -1 : ids.indexOf(state.selected);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), ids.length - 1);
  return { ...state, selected: ids[next] ?? null };
}
