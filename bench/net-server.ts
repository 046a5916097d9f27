/**
 * One server of `npm run bench net`: `net-server.ts <side> <job>`. Reports its port when it listens, and its processor time
 * whenever it is asked. Ends with its parent process.
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
