import type { Operation } from '../greenlet/operation.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { actionOf } from '../hub/parking/action.ts';
import { checkTarget, type EventOf, type ListenerOptions, listen, type Target, type TypeOf } from './target.ts';

/** The options of `once()`. */
export const LISTENER: OptionNames<ListenerOptions> = { capture: 'boolean', passive: 'boolean' };

/**
 * Waits for the next event of a target. The listener is there only while a greenlet waits, and is removed when the greenlet is
 * killed or runs out of time. Events between two calls are missed: use `events()` where each one counts.
 *
 * The greenlet goes on after all listeners of the event have run. So it is too late for `event.preventDefault()`.
 *
 * @param target an element, a window, a port, or another object with `addEventListener()`
 * @param type the type of the event, such as `'click'`
 * @param options `capture` and `passive`, as for `addEventListener()`
 * @returns an operation that gives the event
 * @throws TypeError if the target has no `addEventListener()`
 *
 * @example
 * const click = yield* once(button, 'click');
 * const moved = yield* race([once(document, 'pointermove'), once(document, 'pointerup')]);
 */
export function once<T extends Target, Type extends TypeOf<T>>(
  target: T,
  type: Type,
  options?: ListenerOptions,
): Operation<EventOf<T, Type>> {
  checkTarget(target, type, 'once()');
  checkedOptions(options, LISTENER, 'once()');
  return actionOf(`the event ${type}`, (resolve) => listen(target, type, resolve, options));
}
