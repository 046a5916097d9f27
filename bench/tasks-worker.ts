/** A worker of `npm run bench tasks`, whose start and memory are measured. It says when it takes jobs. */
import { collectGarbage } from './row.ts';
import { type SideName, sides } from './tasks-sides.ts';

const [name, url = '', queue = ''] = process.argv.slice(2) as [SideName, string, string];

const side = await sides[name](queue, url);
await side.work(100);
process.send?.('works');
process.on('message', () => {
  collectGarbage();
  process.send?.(process.memoryUsage().rss / 2 ** 20);
});
