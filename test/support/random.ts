import { Greenlet, getHub, killall } from '../../lib/index.ts';
import { Random } from '../../lib/testing/index.ts';
import { onVirtualTime } from './virtual-clock.ts';

export { Random };

const asked = process.env.GREENHUB_TEST_SEED;
const first = asked === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(asked) >>> 0;

/**
 * Runs a body on that many random schedules, each on virtual time of its own. A failure names the seed of its
 * schedule; with GREENHUB_TEST_SEED set to that, this one schedule is run and nothing else.
 */
export async function onRandomSchedules(count: number, body: (random: Random) => PromiseLike<void>): Promise<void> {
  const hub = getHub();
  const { switchInterval } = hub;
  // How long the machine takes must not decide who runs when.
  hub.switchInterval = Infinity;
  try {
    for (let index = 0; index < (asked === undefined ? count : 1); index += 1) {
      const seed = (first + index) >>> 0;
      try {
        await onVirtualTime(async () => {
          try {
            await body(new Random(seed));
          } catch (error) {
            // What a failed schedule left behind would hide the failure.
            await killall([...hub.living()].filter((greenlet) => greenlet instanceof Greenlet));
            throw error;
          }
        });
      } catch (error) {
        const text = error instanceof Error ? error.stack : String(error);
        throw new Error(`the schedule of seed ${seed} failed; GREENHUB_TEST_SEED=${seed} replays it.\n${text}`);
      }
    }
  } finally {
    hub.switchInterval = switchInterval;
  }
}

/** What the first schedule is made from, for the log. */
export const firstSeed = first;
