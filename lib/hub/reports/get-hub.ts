import { type Hub, hub } from '../loop/hub.ts';
import { plugInChecks } from './plug-in.ts';

/**
 * The scheduler of this thread.
 *
 * @example
 * getHub().handleError = (greenlet, error) => logger.error({ greenlet: greenlet.name, error });
 */
export function getHub(): Hub {
  plugInChecks();
  return hub;
}
