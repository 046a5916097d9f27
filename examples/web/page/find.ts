import { type Coroutine, GreenletExit } from 'greenhub';

/** How long to wait for the next key before the server is asked, in milliseconds. */
export const PAUSE = 150;

/** A request in the log of the page. */
export interface Entry {
  readonly id: number;
  readonly text: string;
  readonly outcome: 'under way' | 'answered' | 'cancelled' | 'failed';
}

let requests = 0;

/**
 * Asks the server which cities contain a text. A kill aborts the request.
 *
 * @param log told of the request when it begins and when it ends
 */
export function* find(text: string, log: (entry: Entry) => void): Coroutine<string[]> {
  requests += 1;
  const entry = { id: requests, text };
  let outcome: Entry['outcome'] = 'failed';
  log({ ...entry, outcome: 'under way' });
  try {
    const response = yield* fetch(`/search?q=${encodeURIComponent(text)}`);
    if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
    const cities: string[] = yield* response.json();
    outcome = 'answered';
    return cities;
  } catch (error) {
    if (error instanceof GreenletExit) outcome = 'cancelled';
    throw error;
  } finally {
    log({ ...entry, outcome });
  }
}

/** Adds a request, or its end, to the latest requests. */
export function withEntry(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const others = entries.filter(({ id }) => id !== entry.id);
  return [...others, entry].sort((a, b) => a.id - b.id).slice(-5);
}
