/**
 * The harness of every unit test: an error that reaches the hub fails the test, and so does a greenlet that is left.
 * Use `suite()` instead of uvu's own.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as uvu from 'uvu';
import { Greenlet, getHub, type RawGreenlet } from '../../lib/index.ts';
import { NotHere, skipped } from './capability.ts';

/** How long greenlets have, in milliseconds, to end after a test: a busy machine may need more than a few turns of the event loop. */
const PATIENCE = 5_000;

// Captured, because tests replace the clocks.
const now = performance.now.bind(performance);

/** An error that no code took, as `hub.handleError` got it. */
export interface Reported {
  greenlet: RawGreenlet;
  error: unknown;
}

export interface Context {
  /** The errors that have reached the hub. The test must remove those that it expects. */
  reported: Reported[];
}

export type Test = (name: string, body: (context: Context) => void | Promise<void>) => void;

/** Creates a suite. Call its `run()` at the end of the file. */
export interface Suite extends Test {
  /** Counts a test that cannot run here. Its name says why. */
  skip(name: string): void;
  run(): void;
}

export function suite(name: string): Suite {
  const inner = uvu.suite(name);
  const test = (title: string, body: (context: Context) => void | Promise<void>): void => {
    inner(title, async () => {
      const hub = getHub();
      const original = hub.handleError;
      const context: Context = { reported: [] };
      hub.handleError = (greenlet, error) => {
        context.reported.push({ greenlet, error });
      };
      const before = new Set(hub.living());
      try {
        await body(context);
        // Errors are reported by the next turn of the event loop. What was killed last ends by then, or soon after.
        const end = now() + PATIENCE;
        for (let turns = 0; turns < 2 || (leftOver(before).length > 0 && now() < end); turns += 1) await turn();
      } catch (error) {
        // Leftovers of a failed test must not fail later tests.
        for (const greenlet of [...hub.living()]) {
          if (greenlet instanceof Greenlet && !before.has(greenlet)) greenlet.kill();
        }
        await turn();
        if (error instanceof NotHere) {
          skipped.push({ test: `${name}: ${title}`, reason: error.message });
          return;
        }
        throw error;
      } finally {
        hub.handleError = original;
      }
      const [first] = context.reported;
      if (first !== undefined) throw first.error;
      const left = leftOver(before);
      if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`);
    });
  };
  return Object.assign(test, { skip: (title: string) => inner.skip(title), run: () => inner.run() });
}

function leftOver(before: Set<RawGreenlet>): RawGreenlet[] {
  return [...getHub().living()].filter((greenlet) => !before.has(greenlet));
}
