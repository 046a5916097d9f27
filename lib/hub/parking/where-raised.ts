import { addWaiter, addWaiterHere } from '../../greenlet/annotate.ts';
import { isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';

/** Errors of a timer or a host event, whose own stack is useless. The value is true once the error has the stack of a greenlet. */
const told = new WeakMap<Error, boolean>();

/** Marks an error: when it is first raised in a greenlet, it gets the stack of that greenlet. */
export function tellWhereRaised(error: unknown): void {
  if (isA(error, Error) && !told.has(error)) told.set(error, false);
}

/**
 * Gives a marked error the stack of the running greenlet.
 *
 * @param raiser the stack starts below this function
 */
export function raisedHere(error: unknown, raiser: (...args: never[]) => unknown): void {
  if (!isA(error, Error) || told.get(error) !== false) return;
  told.set(error, true);
  addWaiter(error, kernel.current, raiser, ({ name, message }) => `${name}: ${message}`);
}

/**
 * Adds the frames of the running greenlet to an error of a promise or of another greenlet, as `await` does with its `at async`
 * lines. Leaves errors that cancel the greenlet itself alone.
 *
 * @param raiser the frames start below this function
 * @returns the error
 */
export function passedOn<E>(error: E, raiser: (...args: never[]) => unknown = passedOn): E {
  if (told.get(error as Error) === false) raisedHere(error, raiser);
  else addWaiterHere(error, raiser);
  return error;
}
