import { AsyncLocalStorage } from 'node:async_hooks';

/** The import of a target's module. */
interface Import {
  isOver: boolean;
}

const current = new AsyncLocalStorage<Import>();
/** How many imports are going on. */
let count = 0;

/**
 * True for the top-level code of a target's module, and what it has begun, while the module is being imported. A greenlet that
 * ran before is not concerned: it may start processes while the target of another one is imported.
 */
export function isImportingTarget(): boolean {
  const found = current.getStore();
  return found !== undefined && !found.isOver;
}

/** Runs the import of a target's module. */
export async function duringImport<T>(start: () => Promise<T>): Promise<T> {
  const ours: Import = { isOver: false };
  count += 1;
  try {
    return await current.run(ours, start);
  } finally {
    ours.isOver = true;
    count -= 1;
    // While it is in use, every promise of the program costs more.
    if (count === 0) current.disable();
  }
}
