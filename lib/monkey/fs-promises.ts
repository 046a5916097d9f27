import fsPromises, { type FileHandle } from 'node:fs/promises';
import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import { hub } from '../hub/loop/hub.ts';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { type Inside, patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';

declare module 'fs/promises' {
  interface FileHandle {
    /**
     * Begins to close the file at the end of a `using` block. Only files that a greenlet has opened have it. An error
     * goes to `hub.handleError`. To wait until the file is closed, use `yield* handle.close()`.
     */
    [Symbol.dispose](): void;
  }
}

/**
 * Patches the functions of `node:fs/promises` that can be aborted, and `open`, which closes a file that no one gets.
 */
export function patchFsPromises(replace: Replace): void {
  const module = 'fs/promises';
  patchFunction(replace, module, fsPromises, 'open', open);
  patchFunction(replace, module, fsPromises, 'readFile', withEncoding(1, boundBySignal(1)));
  patchFunction(replace, module, fsPromises, 'writeFile', withEncoding(2, boundBySignal(2)));
  patchFunction(replace, module, fsPromises, 'appendFile', withEncoding(2, boundBySignal(2)));
  patchFunction(replace, module, fsPromises, 'watch', withEncoding(1, boundBySignal(1, tieIterator(true))));
}

/** For functions that take an encoding instead of options. */
function withEncoding(at: number, inside: Inside): Inside {
  return (original, self, args) => {
    const options = args[at];
    if (options === null) args[at] = undefined;
    else if (typeof options === 'string') args[at] = { encoding: options };
    return inside(original, self, args);
  };
}

/** Opening a file cannot be stopped. If it was cancelled meanwhile, the file is closed once it is open. */
const open: Inside = (original, self, args) => {
  const work = new BoundWork();
  const signal = work.signal(undefined);
  const opening = original.apply(self, args) as Promise<FileHandle>;
  const opened = opening.then((handle) => {
    if (signal.aborted) close(handle);
    else signal.addEventListener('abort', () => close(handle));
    return Object.defineProperty(handle, Symbol.dispose, {
      configurable: true,
      writable: true,
      value: () => close(handle),
    });
  });
  const bound = work.promise(opened, () => work.unbind());
  work.bindTo(kernel.current);
  return bound;
};

function close(handle: FileHandle): void {
  const greenlet = kernel.current;
  handle.close().catch((error) => hub.tell(greenlet, error));
}
