import { kernel } from '../greenlet/kernel.ts';

/** True while a greenlet runs: only then does any patch act in another way than the original. */
export function insideGreenlet(): boolean {
  return kernel.current !== kernel.main;
}
