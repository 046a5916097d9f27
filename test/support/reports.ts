import { setImmediate as turn } from 'node:timers/promises';

/** Waits until the hub has reported every failure that nobody took. It does so in the next turn of the event loop. */
export async function reportsMade(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await turn();
}
