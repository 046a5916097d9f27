import type { Operation } from '../greenlet/operation.ts';
import { actionOf } from '../hub/parking/action.ts';

interface Frames {
  requestAnimationFrame?(callback: (time: number) => void): number;
  cancelAnimationFrame?(handle: number): void;
}

/**
 * Waits until the browser is about to paint the next frame. The greenlet goes on before that frame is painted.
 *
 * @returns an operation that gives the time of the frame, in milliseconds, as `requestAnimationFrame()` does
 * @throws TypeError if this host does not paint
 *
 * @example
 * for (let time = yield* animationFrame(); ; time = yield* animationFrame()) draw(time);
 */
export function animationFrame(): Operation<number> {
  return actionOf('an animation frame', (resolve) => {
    const frames = globalThis as Frames;
    if (frames.requestAnimationFrame === undefined) throw new TypeError('this host has no requestAnimationFrame()');
    const handle = frames.requestAnimationFrame(resolve);
    return () => frames.cancelAnimationFrame?.(handle);
  });
}
