import { formatRunInfo } from '../inspect/run-info.ts';
import { type Command, parsed } from './command.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { LIMIT_OPTION, limitOf, MOST_IN_TREE } from './limit.ts';
import { plain } from './plain.ts';
import { noMore, pidOf, visit } from './visit.ts';

/** `greenhub tree`: prints the greenlets of a program. */
export const tree: Command = {
  name: 'tree',
  usage: 'PID [--limit N] [--json]',
  summary: 'prints the greenlets of a program, each below the one that spawned it',
  help: `
  --limit N    the largest number of greenlets, the oldest ones; ${MOST_IN_TREE} by default
  --json       print JSON`,

  async run(args) {
    const { values, positionals } = parsed(args, { ...JSON_OPTION, ...LIMIT_OPTION });
    const [pid, ...extra] = positionals;
    noMore(extra);
    const limit = limitOf(values, MOST_IN_TREE);
    const taken = await visit(pidOf(pid), (client) => client.ask('snapshot', { limit }));
    if (values.json === true) printJson(taken);
    else process.stdout.write(plain(formatRunInfo(taken)));
    return 0;
  },
};
