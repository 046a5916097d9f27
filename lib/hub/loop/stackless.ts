import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { hub } from './hub.ts';

/** Creates an error without a stack, because most such errors are never looked at. With `captureSpawnSites` it has a stack. */
export function stackless<E extends Error>(make: () => E): E {
  return hub.captureSpawnSites ? make() : withStackTraceLimit(0, make);
}
