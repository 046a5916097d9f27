/** Targets that connect to a Manager by its address. */
import { Manager } from 'greenhub/process';

/** @param {string} address */
export function* increment(address) {
  const manager = yield* Manager.connect({ address });
  return yield* manager.dict(undefined, { name: 'counts' }).increment('connected');
}
