import { Greenlet } from '../../hub/tasks/greenlet.ts';
import { greenletById } from '../greenlet-by-id.ts';

/** The outcome of a kill, as an HTTP status: the greenlet is being killed, does not exist, or cannot be killed. */
export type KillStatus = 202 | 404 | 409;

/** Kills a greenlet as `greenlet.kill()` does. Main and raw greenlets cannot be killed. */
export function killById(id: number): KillStatus {
  const greenlet = greenletById(id);
  if (greenlet === undefined) return 404;
  if (!(greenlet instanceof Greenlet)) return 409;
  greenlet.kill();
  return 202;
}
