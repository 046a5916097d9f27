import { isA } from '../../greenlet/errors.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { HangingCleanup } from '../loop/errors.ts';
import type { Failed } from '../loop/failures.ts';
import { host } from '../loop/host.ts';
import { errorText, safeText } from './error-text.ts';

/** Prints a failure on standard error: the greenlet, its error with all causes, and where the greenlet was spawned. */
export function printFailure(greenlet: RawGreenlet, error: unknown): void {
  const { spawnSite } = greenlet as Partial<Failed>;
  const site = spawnSite === undefined ? '' : `\n  spawned:\n${spawnSite}`;
  const what = isA(error, HangingCleanup)
    ? 'continues although its cleanup hangs'
    : 'failed, and nobody took its error';
  const noun = safeText(() => (greenlet as { noun?: string }).noun ?? 'greenlet');
  host.report(`${noun} ${safeText(() => greenlet.name)} ${what}: ${errorText(error)}${site}`);
}
