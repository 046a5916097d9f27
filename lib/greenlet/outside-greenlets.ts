import { kernel } from './kernel.ts';

/**
 * Calls a function as if no greenlet ran. Patched functions of Node then bind the work that it starts to no greenlet.
 *
 * @param fn must not switch
 */
export function outsideGreenlets<R>(fn: () => R): R {
  const { resumed, hosting } = kernel;
  kernel.resumed = kernel.main;
  kernel.hosting = false;
  try {
    return fn();
  } finally {
    kernel.resumed = resumed;
    kernel.hosting = hosting;
  }
}
