import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import type { Iteration } from '../hub/tasks/iteration.ts';
import { Inbox } from './inbox.ts';
import { LISTENER } from './once.ts';
import {
  type AnyEvent,
  checkTarget,
  type EventOf,
  type ListenerOptions,
  listen,
  type Target,
  type TypeOf,
} from './target.ts';

/** The options of `events()`. */
export interface EventsOptions<E = AnyEvent> extends ListenerOptions {
  /** Called with each event while it is dispatched: the place for `event.preventDefault()`. */
  heard?(event: E): void;
}

const EVENTS: OptionNames<EventsOptions<never>> = { ...LISTENER, heard: 'function' };

/**
 * Every event of a type from now on. Events that come while the greenlet is busy are kept, in order. The listener is removed at
 * the end of the loop, or by `return()`.
 *
 * @param target an element, a window, a port, or another object with `addEventListener()`
 * @param type the type of the events, such as `'pointermove'`
 * @param options `capture` and `passive`, as for `addEventListener()`; `heard(event)` is called while the event is dispatched
 * @returns an iteration over the events, without an end
 * @throws TypeError if the target has no `addEventListener()`
 *
 * @example
 * yield* forEach(events(document, 'keydown'), function* (event) {
 *   yield* handle(event.key);
 * });
 */
export function events<T extends Target, Type extends TypeOf<T>>(
  target: T,
  type: Type,
  options?: EventsOptions<EventOf<T, Type>>,
): Iteration<EventOf<T, Type>> {
  checkTarget(target, type, 'events()');
  checkedOptions(options, EVENTS, 'events()');
  const inbox = new Inbox<EventOf<T, Type>>();
  const forget = listen(
    target,
    type,
    (event: EventOf<T, Type>) => {
      options?.heard?.(event);
      inbox.push(event);
    },
    options,
  );
  return inbox.items(() => {
    forget();
    inbox.close();
  });
}
