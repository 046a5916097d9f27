import type { RawGreenlet } from './raw-greenlet.ts';

/** The name that messages call a greenlet by. */
export function describe(target: RawGreenlet): string {
  return `greenlet ${String(target.name)}`;
}
