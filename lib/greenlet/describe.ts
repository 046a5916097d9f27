import type { RawGreenlet } from './raw-greenlet.ts';

/** Names a greenlet in messages. */
export function describe(target: RawGreenlet): string {
  return `greenlet ${String(target.name)}`;
}
