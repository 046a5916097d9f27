import { network } from '../network/network.ts';
import { isImportingTarget } from '../travel/importing.ts';
import type { Child, ChildOptions } from './child.ts';
import { here, isMainProcess } from './here.ts';
import { noteLiving } from './living-children.ts';
import { ProcessChild } from './process-child.ts';
import { ThreadChild } from './thread-child.ts';

/** How many processes and threads may be above one another. */
const DEEPEST = 16;

/**
 * Starts a child process or a thread, which runs the role `options.role` with `options.task`. It is joined to the network at once,
 * so you can send to `child.id` without waiting for anything.
 *
 * @throws DataCloneError if the task cannot be cloned. Then nothing is started
 * @throws Error while the module of this child's own target is being imported, and in a child that is 16 deep
 */
export function startChild(options: ChildOptions): Child {
  // A module of `--import` runs before a child knows what it is.
  const isTooEarly = !isMainProcess && here.parent === null;
  if (isTooEarly || isImportingTarget()) {
    throw new Error(
      `${isTooEarly ? 'a child' : here.name} cannot start ${options.name} while the module of its target is being imported, ` +
        'because every child would start the next: write if (isMainProcess) around the code that starts processes',
    );
  }
  if (here.depth >= DEEPEST) {
    throw new Error(`${options.name} cannot be started: ${here.name} is already ${DEEPEST} processes deep`);
  }
  const id = network.idForChild(options.kind);
  const child = options.kind === 'process' ? new ProcessChild(options, id) : new ThreadChild(options, id);
  noteLiving(child);
  return child;
}
