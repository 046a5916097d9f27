import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { livingGreenlets, withUnstarted } from './every-greenlet.ts';
import { greenletId } from './identity.ts';

/** The greenlet with this id, as snapshots have it; undefined if it has ended. */
export function greenletById(id: number): RawGreenlet | undefined {
  return withUnstarted(livingGreenlets()).find((each) => greenletId(each) === id);
}
