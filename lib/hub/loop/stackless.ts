import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { getHub } from './hub.ts';

const hub = getHub();

/** Makes an error that mostly nobody looks at without its stack, which would be most of what it costs, unless somebody debugs. */
export function stackless<E extends Error>(make: () => E): E {
  return hub.captureSpawnSites ? make() : withStackTraceLimit(0, make);
}
