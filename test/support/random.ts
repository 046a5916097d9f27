import { Greenlet, getHub, killall } from '../../lib/index.ts';
import { Random } from '../../lib/testing/index.ts';
import { onVirtualTime } from './virtual-clock.ts';

export { Random };

const asked = process.env.GREENHUB_TEST_SEED;
/**
 * The share of random schedules to run. `npm test` runs a tenth of them, `npm run test:long` all.
 */
export const depth = Number(process.env.GREENHUB_DEPTH ?? 0.1);
const first = asked === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(asked) >>> 0;

/**
 * Runs a body on this many random schedules, each on its own virtual time. A failure names the seed of its schedule. If
 * GREENHUB_TEST_SEED is set to a seed, only that schedule is run.
 */
export async function onRandomSchedules(count: number, body: (random: Random) => PromiseLike<void>): Promise<void> {
  const hub = getHub();
  const schedules = asked === undefined ? Math.ceil(count * depth) : 1;
  for (let index = 0; index < schedules; index += 1) {
    const seed = (first + index) >>> 0;
    try {
      await onVirtualTime(async () => {
        try {
          await body(new Random(seed));
        } catch (error) {
          // Leftovers of a failed schedule would hide the failure.
          await killall([...hub.living()].filter((greenlet) => greenlet instanceof Greenlet));
          throw error;
        }
      });
    } catch (error) {
      const text = error instanceof Error ? error.stack : String(error);
      throw new Error(`the schedule of seed ${seed} failed; GREENHUB_TEST_SEED=${seed} replays it.\n${text}`);
    }
  }
}

/** The seed of the first schedule, for the log. */
export const firstSeed = first;
