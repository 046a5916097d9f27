import { formatRunInfo } from '../inspect/run-info.ts';
import { type Command, parsed } from './command.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { plain } from './plain.ts';
import { noMore, pidOf, visit } from './visit.ts';

/** `greenhub tree`: prints all greenlets of a program. */
export const tree: Command = {
  name: 'tree',
  usage: 'PID [--json]',
  summary: 'prints the greenlets of a program, each below the one that spawned it',
  help: `
  --json    print JSON`,

  async run(args) {
    const { values, positionals } = parsed(args, JSON_OPTION);
    const [pid, ...extra] = positionals;
    noMore(extra);
    const taken = await visit(pidOf(pid), (client) => client.ask('snapshot', {}));
    if (values.json === true) printJson(taken);
    else process.stdout.write(plain(formatRunInfo(taken)));
    return 0;
  },
};
