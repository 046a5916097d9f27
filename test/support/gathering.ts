import { getHub, idle } from '../../lib/index.ts';

/** Has so many things come from outside in one turn that the hub gathers what comes next. */
export async function letTheHubGather(): Promise<void> {
  await idle();
  for (let arrivals = 0; arrivals < 100; arrivals += 1) getHub().gather(() => {});
  await idle();
}
