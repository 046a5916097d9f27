import type { Place } from './remote.ts';

let imports = 0;

/** True while a target's module is being imported in this thread. */
export function isImportingTarget(): boolean {
  return imports > 0;
}

/**
 * Imports the module of a place, and returns its export.
 *
 * @throws Error if there is no such module or export; the message names both
 */
export async function loadTarget(place: Place): Promise<unknown> {
  const namespace = await importModule(place);
  if (Object.hasOwn(namespace, place.export)) return namespace[place.export];
  throw new Error(`the module ${place.module} has no export "${place.export}"`);
}

async function importModule({ module }: Place): Promise<Record<string, unknown>> {
  imports += 1;
  try {
    return (await import(module)) as Record<string, unknown>;
  } finally {
    imports -= 1;
  }
}
