/**
 * One side of one row: `worker.ts <group> <row's name> <side>`, forked by `runner.ts`. Measures once on each message, and ends with
 * the runner.
 */
import { groups } from './groups.ts';

const [group, name, side] = process.argv.slice(2);
const rows = await groups.find((candidate) => candidate.name === group)?.load();
const row = rows?.find((candidate) => candidate.name === name);
if (row === undefined || (side !== 'greenhub' && side !== 'plain')) throw new Error(`no such row: ${group}, ${name}`);
const sample = await row[side]();

process.on('disconnect', () => process.exit());
process.on('message', async () => {
  process.send?.(await sample());
});
process.send?.('ready');
