import { takeForgotten } from './forgotten-switch.ts';
import { kernel, updateWatched } from './kernel.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { type Mode, NEXT } from './state.ts';

/** Called at every switch. The target is already the running greenlet, but has not continued yet. */
export type TraceHook = (event: 'switch' | 'throw', origin: RawGreenlet, target: RawGreenlet) => void;

/**
 * Sets a hook that is called at every switch from one greenlet to another.
 *
 * The hub counts as main: a greenlet that parks switches to main, and main switches to the greenlet that wakes. If the hook throws,
 * it is removed, and its error is thrown at the code that switched.
 *
 * @param hook receives the event (`'throw'` if an error is raised in the target), the origin and the target; null removes the hook
 * @returns the previous hook, or null
 * @throws TypeError if the hook is neither a function nor null
 *
 * @example
 * const previous = settrace((event, origin, target) => console.log(event, origin.name, '→', target.name));
 */
export function settrace(hook: TraceHook | null): TraceHook | null {
  if (hook !== null && typeof hook !== 'function') {
    throw new TypeError(`settrace() takes a function or null, not ${typeof hook}`);
  }
  const previous = kernel.tracer?.hook ?? null;
  setTracer(hook === null ? null : new Tracer(hook));
  return previous;
}

/** Calls the hook. The trampoline finds it only in the kernel, so a bundle without `settrace()` has none of this. */
export class Tracer {
  readonly hook: TraceHook;

  constructor(hook: TraceHook) {
    this.hook = hook;
  }

  /** Calls the hook as if in the target. If the hook throws, it is removed, and its error is returned. */
  trace(mode: Mode, origin: RawGreenlet, target: RawGreenlet): { error: unknown } | null {
    kernel.resumed = target;
    try {
      this.hook(mode === NEXT ? 'switch' : 'throw', origin, target);
      if (target.destination !== null && target !== kernel.main) throw takeForgotten(target);
      return null;
    } catch (error) {
      if (target !== kernel.main) target.destination = null;
      setTracer(null);
      return { error };
    }
  }
}

function setTracer(tracer: Tracer | null): void {
  kernel.tracer = tracer;
  updateWatched();
}
