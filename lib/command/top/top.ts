import type { OverviewOrder } from '../../inspect/overview.ts';
import type { ProgramOverview } from '../../inspect/requests.ts';
import type { Client } from '../client.ts';
import { type Command, parsed, secondsOf } from '../command.ts';
import { UsageError } from '../errors.ts';
import { JSON_OPTION, printJson } from '../json.ts';
import { LIMIT_OPTION, limitOf } from '../limit.ts';
import { askMembers } from '../members.ts';
import { noMore, programOf, visit } from '../visit.ts';
import { live } from './live.ts';
import { childrenLines, PLACES, placesLine, rowLines, summaryLine } from './rows.ts';
import { OwnTerminal } from './terminal.ts';

/** Greenlets in one table. */
const MOST_IN_TABLE = 20;
const ORDERS: readonly OverviewOrder[] = ['busy', 'since', 'runs', 'id'];
const OPTIONS = {
  ...JSON_OPTION,
  seconds: { type: 'string' },
  sort: { type: 'string' },
  ...LIMIT_OPTION,
} as const;

/** `greenhub top`: shows the greenlets of a program that matter most. */
export const top: Command = {
  name: 'top',
  usage: '[PID] [--json] [--seconds N] [--sort KEY] [--limit N]',
  summary: 'shows the greenlets of a program by how long they run, live',
  help: `
  --json         print one table as JSON
  --seconds N    for one table: how long to measure; 1 by default
  --sort KEY     for one table: busy, since, runs or id
  --limit N      for one table: the largest number of greenlets; ${MOST_IN_TABLE} by default

With --json, or if the output is not a terminal, it prints one table and ends.
Without PID, it takes the only program that "greenhub ps" lists.

BUSY and RUNS count from when it began to measure, and SINCE is how long the
greenlet has been in its state.`,

  async run(args) {
    const { values, positionals } = parsed(args, OPTIONS);
    const [pid, ...extra] = positionals;
    noMore(extra);
    const once = onceOptions(values);
    const program = await programOf(pid);
    if (values.json !== true && process.stdout.isTTY && process.stdin.isTTY) {
      await visit(program, (client) => live(client, new OwnTerminal()));
      return 0;
    }
    const overview = await visit(program, (client) => measuredFor(client, once));
    if (values.json === true) printJson(overview);
    else
      process.stdout.write(
        [
          summaryLine(overview, null),
          placesLine(overview),
          ...childrenLines(overview),
          '',
          ...rowLines(overview),
          '',
        ].join('\n'),
      );
    return 0;
  },
};

interface OnceOptions {
  readonly seconds: number;
  readonly sort: OverviewOrder;
  readonly limit: number;
}

function onceOptions(values: { seconds?: string; sort?: string; limit?: string }): OnceOptions {
  const sort = ORDERS.find((order) => order === (values.sort ?? 'busy'));
  if (sort === undefined) throw new UsageError(`--sort takes ${ORDERS.join(', ')}, not ${JSON.stringify(values.sort)}`);
  return { seconds: secondsOf('--seconds', values.seconds ?? '1'), sort, limit: limitOf(values, MOST_IN_TABLE) };
}

/** The first question turns measuring on, and the second has the result. */
async function measuredFor(client: Client, { seconds, sort, limit }: OnceOptions): Promise<ProgramOverview> {
  await client.ask('overview', { sort, limit: 1, places: 0 });
  await client.stay(seconds * 1_000);
  const overview = await client.ask('overview', { sort, limit, places: PLACES });
  return { ...overview, children: await askMembers(client, 0) };
}
