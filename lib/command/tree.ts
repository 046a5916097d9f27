import type { FamilyMember } from '../inspect/family.ts';
import { formatRunInfo } from '../inspect/run-info.ts';
import { type Command, parsed } from './command.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { LIMIT_OPTION, limitOf, MOST_IN_TREE } from './limit.ts';
import { askMembers, memberTitle } from './members.ts';
import { plain } from './plain.ts';
import { noMore, pidOf, visit } from './visit.ts';

/** `greenhub tree`: prints the greenlets of a program, and of the processes that it has started. */
export const tree: Command = {
  name: 'tree',
  usage: 'PID [--limit N] [--json]',
  summary: 'prints the greenlets of a program, each below the one that spawned it, and those of its processes',
  help: `
  --limit N    the largest number of greenlets, the oldest ones; ${MOST_IN_TREE} by default
  --json       print JSON`,

  async run(args) {
    const { values, positionals } = parsed(args, { ...JSON_OPTION, ...LIMIT_OPTION });
    const [pid, ...extra] = positionals;
    noMore(extra);
    const limit = limitOf(values, MOST_IN_TREE);
    const { taken, children } = await visit(pidOf(pid), async (client) => ({
      taken: await client.ask('snapshot', { limit }),
      children: await askMembers(client, limit),
    }));
    if (values.json === true) printJson({ ...taken, children });
    else process.stdout.write(plain([formatRunInfo(taken), ...children.map(textOf)].join('')));
    return 0;
  },
};

/** The lines of a process or thread, below those of the one that has started it. */
function textOf(member: FamilyMember): string {
  const { silent, snapshot, children } = member;
  const title = memberTitle(member);
  if (snapshot === null) return `  ${title}: ${silent}\n`;
  const [head = '', ...lines] = formatRunInfo(snapshot).split('\n');
  const own = [head.replace(/^[^:]*/, () => title), ...lines.map((line) => `  ${line}`)].join('\n').trimEnd();
  return [`${own}\n`, ...children.map(textOf)].join('').replace(/^(?=.)/gm, '  ');
}
