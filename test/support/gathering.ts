import { getHub, idle } from '../../lib/index.ts';

/** Makes so many events arrive from outside in one turn that the hub gathers the next ones. */
export async function letTheHubGather(): Promise<void> {
  await idle();
  for (let arrivals = 0; arrivals < 100; arrivals += 1) getHub().gather(() => {});
  await idle();
}
