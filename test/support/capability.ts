/** What the host of the tests can do. Node can do everything; `scripts/runtimes.js` runs the tests of the core elsewhere. */

/** Names the runtime that runs the tests. */
export const runtime: 'Deno' | 'Bun' | 'Node' = 'Deno' in globalThis ? 'Deno' : 'Bun' in globalThis ? 'Bun' : 'Node';

/** Thrown by a test that cannot run here. `suite()` counts it as skipped, and its reason is printed. */
export class NotHere extends Error {}

/** What was skipped here, and why. The runner prints it. */
export const skipped: { test: string; reason: string }[] = [];

/** @param reason why a test runs on Node only */
export function needsNode(reason: string): void {
  if (runtime !== 'Node') throw new NotHere(reason);
}
