import { formatRunInfo, greenletLine } from '../inspect/run-info.ts';
import type { Client } from './client.ts';
import { type Command, parsed } from './command.ts';
import { CommandError, UsageError } from './errors.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { LIMIT_OPTION, limitOf, MOST_IN_TREE } from './limit.ts';
import { plain } from './plain.ts';
import { noMore, pidOf, visit } from './visit.ts';

/** `greenhub stack`: prints where greenlets wait. */
export const stack: Command = {
  name: 'stack',
  usage: 'PID [ID] [--limit N] [--json]',
  summary: 'prints the stack of one greenlet, or the tree with the stacks of all',
  help: `
  --limit N    the largest number of greenlets, the oldest ones; ${MOST_IN_TREE} by default
  --json       print JSON

ID is the number of a greenlet, as in "greenhub tree".`,

  async run(args) {
    const { values, positionals } = parsed(args, { ...JSON_OPTION, ...LIMIT_OPTION });
    const [pid, id, ...extra] = positionals;
    noMore(extra);
    const limit = limitOf(values, MOST_IN_TREE);
    const look = id === undefined ? all(limit) : one(idOf(id));
    const { data, text } = await visit(pidOf(pid), look);
    if (values.json === true) printJson(data);
    else process.stdout.write(plain(text));
    return 0;
  },
};

interface Seen {
  readonly data: object;
  readonly text: string;
}

function all(limit: number): (client: Client) => Promise<Seen> {
  return async (client) => {
    const data = await client.ask('snapshot', { stacks: true, limit });
    return { data, text: formatRunInfo(data) };
  };
}

function one(id: number): (client: Client) => Promise<Seen> {
  return async (client) => {
    const data = await client.ask('greenlet', { id });
    if (data === null) throw new CommandError(`there is no greenlet ${id}`);
    const frames = (data.stack ?? []).map((frame) => `    ${frame}\n`);
    return { data, text: `${greenletLine(data)}\n${frames.join('')}` };
  };
}

/** Raw greenlets have negative numbers. */
function idOf(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is not the number of a greenlet`);
  return Number(text);
}
