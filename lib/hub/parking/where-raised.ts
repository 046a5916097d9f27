import { addWaiter, addWaiterHere } from '../../greenlet/annotate.ts';
import { isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';

/** Errors that came out of an event or a timer, whose stack tells nothing; true for those that have got another one. */
const told = new WeakMap<Error, boolean>();

/** Has an error get the stack of the greenlet that it is raised in, the first time that it is. */
export function tellWhereRaised(error: unknown): void {
  if (isA(error, Error) && !told.has(error)) told.set(error, false);
}

/** Gives it that stack, if it is to have one. @param raiser leaves itself, and those whom it calls, out of it */
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
