import { kindOf } from '../hub/checks/kind-of.ts';
import { safeText } from './safe-text.ts';

/**
 * Needed because Node accepts any number as the port of a datagram socket and then binds to a different one.
 *
 * @throws TypeError if it is not a number; RangeError if it is no port
 */
export function checkPort(port: unknown): void {
  if (typeof port !== 'number') throw new TypeError(`a port must be a number, not ${kindOf(port)}`);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`a port must be a whole number from 0 to 65535, not ${safeText(port)}`);
}
