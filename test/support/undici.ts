import { createRequire } from 'node:module';
import type * as Undici from 'undici';

// Node's fetch initialises itself at the first access to one of its classes. Done first, as in a program that has not
// loaded undici, this makes the global dispatcher Node's.
void globalThis.Response;

/** The undici of npm, loaded like in a program that has installed it. */
export const undici: typeof Undici = createRequire(import.meta.url)('undici');

/** Where undici keeps the global dispatcher, up to version 7 and from version 8 on. Version 7.30 writes both. */
const keys = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((key) => Symbol.for(key));

/** Runs a body that may set global dispatchers, and puts back those from before. */
export async function keepingGlobalDispatcher(body: () => Promise<void>): Promise<void> {
  const globals = globalThis as unknown as Record<symbol, unknown>;
  const before = keys.map((key) => globals[key]);
  try {
    await body();
  } finally {
    for (const [index, key] of keys.entries()) globals[key] = before[index];
  }
}

/** Runs a body with a global dispatcher. */
export function withGlobalDispatcher(dispatcher: Undici.Dispatcher, body: () => Promise<void>): Promise<void> {
  return keepingGlobalDispatcher(() => {
    undici.setGlobalDispatcher(dispatcher);
    return body();
  });
}
