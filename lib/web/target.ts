import { kindOf } from '../hub/checks/kind-of.ts';

/**
 * An object that dispatches events: an element, a window, a port, an `EventTarget` of the program. (Its methods have many forms,
 * so only their names count here.)
 */
export interface Target {
  addEventListener(...args: never[]): void;
  removeEventListener(...args: never[]): void;
}

/** How a listener is added: both options are those of `addEventListener()`. */
export interface ListenerOptions {
  /** Hear the event on its way down to its target, before the listeners that hear it on the way up. */
  capture?: boolean | undefined;
  /** The listener never calls `preventDefault()`, so the browser can scroll at once. */
  passive?: boolean | undefined;
}

/** What every event has. */
export interface AnyEvent {
  readonly type: string;
}

/**
 * The event of a type, as the `on…` property of the target declares it: a `PointerEvent` for `'pointerdown'` of an element.
 * `AnyEvent` if the target has no such property.
 */
export type EventOf<T, Type extends string> =
  T extends Record<`on${Type}`, infer Handler>
    ? NonNullable<Handler> extends (this: never, event: infer E) => unknown
      ? E
      : AnyEvent
    : AnyEvent;

/** The types of events for which the target has an `on…` property. */
export type TypeOf<T> = { [Key in keyof T]: Key extends `on${infer Type}` ? Type : never }[keyof T] | (string & {});

/** @throws TypeError if it is not a target and the type of an event */
export function checkTarget(target: Target, type: string, call: string): void {
  if (typeof target?.addEventListener !== 'function') {
    throw new TypeError(`${call} takes a target with addEventListener(), not ${kindOf(target)}`);
  }
  if (typeof type !== 'string')
    throw new TypeError(`${call} takes the type of an event as a string, not ${kindOf(type)}`);
}

/** The form in which we call these methods. */
type Listening = (type: string, listener: (event: never) => void, options?: ListenerOptions) => void;

/** Adds a listener. Returns a function that removes it. */
export function listen<E>(
  target: Target,
  type: string,
  listener: (event: E) => void,
  options?: ListenerOptions,
): () => void {
  const { addEventListener, removeEventListener } = target as {
    addEventListener: Listening;
    removeEventListener: Listening;
  };
  addEventListener.call(target, type, listener, options);
  return () => removeEventListener.call(target, type, listener, options);
}

/** Adds a listener for each of several types. Returns a function that removes them all. */
export function listenAll(target: Target, listeners: Record<string, (event: never) => void>): () => void {
  const forget = Object.entries(listeners).map(([type, listener]) => listen(target, type, listener));
  return () => {
    for (const one of forget) one();
  };
}
