import { Timeout } from '../../hub/cancellation/timeout.ts';
import { hub } from '../../hub/loop/hub.ts';
import { Greenlet } from '../../hub/tasks/greenlet.ts';
import { killall } from '../../hub/tasks/killall.ts';

/**
 * Kills all greenlets of this thread, also those that their cleanup spawns, and waits until they have ended. Gives up after
 * `hub.cleanupGrace`.
 *
 * @param spared greenlets to leave alone
 */
export async function killGreenlets(spared: () => readonly Greenlet[] = () => []): Promise<void> {
  const deadline = hub.now() + hub.cleanupGrace;
  for (;;) {
    const kept = new Set(spared());
    const others = [...hub.living()].filter((each): each is Greenlet => each instanceof Greenlet && !kept.has(each));
    const time = deadline - hub.now();
    if (others.length === 0 || time < 0) return;
    try {
      await killall(others, { timeout: time });
    } catch (error) {
      if (!(error instanceof Timeout)) throw error;
    }
  }
}
