/**
 * Ends a greenlet without counting as an error: the greenlet's parent gets the exit object as a value. `throw()` and `kill()`
 * raise it by default.
 *
 * @example
 * const worker = greenlet(function* () { yield* getcurrent().parent!.switch(); });
 * worker.switch();
 * worker.throw().value instanceof GreenletExit; // true
 */
export class GreenletExit extends Error {
  declare name: string;

  static {
    nameInstances(GreenletExit, 'GreenletExit');
  }

  constructor(message = 'the greenlet was asked to exit', options?: ErrorOptions) {
    super(message, options);
  }
}

/** Sets the `name` of all errors of a class. A field in each error would add much to the cost of creating one. */
export function nameInstances(Class: new (...args: never[]) => Error, name: string): void {
  Object.defineProperty(Class.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** A greenlet was used in a way that cannot work. The message says what to write instead. */
export class GreenletError extends Error {
  override name = 'GreenletError';
}

/** `instanceof` for any thrown value. False for a proxy whose traps throw. */
export function isA<T>(thrown: unknown, Class: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof Class;
  } catch {
    return false;
  }
}
