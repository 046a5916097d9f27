import { kernel } from '../greenlet/kernel.ts';

/** True while a greenlet runs. Only then does a patch behave differently from the original. */
export function insideGreenlet(): boolean {
  return kernel.current !== kernel.main;
}
