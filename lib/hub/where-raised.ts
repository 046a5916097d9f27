import { isA } from '../greenlet/errors.ts';

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
  const here = { stack: '' };
  Error.captureStackTrace?.(here, raiser);
  const frames = here.stack.split('\n').slice(1);
  if (frames.length === 0) return;
  try {
    // Not an assignment: the stack of a frozen error stays as it is.
    Reflect.set(error, 'stack', `${error.name}: ${error.message}\n${frames.join('\n')}`);
  } catch {
    // So does that of an error whose name or message cannot be read.
  }
}
