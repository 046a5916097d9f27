import type { Coroutine } from '../../greenlet/operation.ts';
import { shield } from '../../hub/cancellation/shield.ts';
import { until } from '../../hub/parking/until.ts';
import { decode, type Encoded, loadFunctions } from './encode.ts';

/**
 * Loads the modules of the remote functions in what was received. A kill meanwhile must not lose it, because its sender may no longer
 * have it.
 */
export function* load(encoded: Encoded): Coroutine<void> {
  const loading = loadFunctions(encoded);
  if (loading !== null) yield* shield(until(loading));
}

/** Decodes what was received, once its functions are loaded. */
export function* decodeLoaded(encoded: Encoded): Coroutine<unknown> {
  yield* load(encoded);
  return decode(encoded);
}
