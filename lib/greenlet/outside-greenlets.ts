import { kernel } from './kernel.ts';

/**
 * Calls a function as code outside greenlets would. What it starts belongs to no greenlet, even if functions of Node are patched.
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
