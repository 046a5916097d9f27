/**
 * One server of `npm run bench net`: `net-server.ts <side> <job>`. Says its port when it listens, and then, whenever it is asked,
 * how much time of a processor it has used. Ends when whoever forked it does.
 */
import { type Job, type SideName, startServer } from './net-servers.ts';

const [side, job] = process.argv.slice(2) as [SideName, Job];
const port = await startServer(side, job);

process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1_000);
});
process.send?.(port);
