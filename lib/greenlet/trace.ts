import { takeForgotten } from './forgotten-switch.ts';
import { kernel } from './kernel.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** Called at every switch, in the place of the target, before the target goes on. */
export type TraceHook = (event: 'switch' | 'throw', origin: RawGreenlet, target: RawGreenlet) => void;

/**
 * Installs a hook that is called whenever control goes from one greenlet to another, or removes it.
 *
 * The hub's part counts as main: a greenlet that parks switches to main, one that is woken is switched to
 * from main. A hook that throws is removed, and its error arrives at the switcher.
 *
 * @param hook gets the event (`'throw'` when an error is delivered), who switched and who goes on; null removes
 * @returns the hook that was installed before, or null
 * @throws TypeError when the hook is neither a function nor null
 *
 * @example
 * const previous = settrace((event, origin, target) => console.log(event, origin.name, '→', target.name));
 */
export function settrace(hook: TraceHook | null): TraceHook | null {
  if (hook !== null && typeof hook !== 'function') {
    throw new TypeError(`settrace() takes a function or null, not ${typeof hook}`);
  }
  const previous = kernel.tracer;
  kernel.tracer = hook;
  kernel.watched = hook !== null || kernel.rootContext !== null;
  return previous;
}

/** Calls the trace hook in the target's place. If the hook throws, it is removed, and its error is returned. */
export function trace(event: 'switch' | 'throw', origin: RawGreenlet, target: RawGreenlet): { error: unknown } | null {
  const hook = kernel.tracer as TraceHook;
  kernel.resumed = target;
  try {
    hook(event, origin, target);
    if (target.destination !== null && target !== kernel.main) throw takeForgotten(target);
    return null;
  } catch (error) {
    if (target !== kernel.main) target.destination = null;
    removeTracer();
    return { error };
  }
}

function removeTracer(): void {
  kernel.tracer = null;
  kernel.watched = kernel.rootContext !== null;
}
