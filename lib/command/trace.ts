import { resolve } from 'node:path';
import { counted } from '../greenlet/shown.ts';
import type { Client } from './client.ts';
import { type Command, parsed, secondsOf } from './command.ts';
import { UsageError } from './errors.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { noMore, pidOf, visit } from './visit.ts';

/** Writing a million events takes some seconds. */
const PATIENCE = 120_000;

/** `greenhub trace`: records a running program. */
export const trace: Command = {
  name: 'trace',
  usage: 'PID [--seconds N] -o FILE [--json]',
  summary: 'records what the greenlets of a program do',
  help: `
  --seconds N         how long to record; 5 by default. Ctrl-C ends it earlier
  -o, --output FILE   where to write the trace. It opens in https://ui.perfetto.dev
  --json              print the result as JSON

The program writes the file itself, and does nothing else meanwhile.`,

  async run(args) {
    const options = { ...JSON_OPTION, seconds: { type: 'string' }, output: { type: 'string', short: 'o' } } as const;
    const { values, positionals } = parsed(args, options);
    const [pid, ...extra] = positionals;
    noMore(extra);
    if (values.output === undefined) throw new UsageError('name the file to write: -o trace.json');
    const path = resolve(values.output);
    const seconds = secondsOf('--seconds', values.seconds ?? '5');
    const written = await visit(pidOf(pid), async (client) => {
      await client.ask('record', null);
      await stopped(client, seconds);
      return await client.ask('write', { path }, PATIENCE);
    });
    if (values.json === true) printJson({ path, ...written });
    else process.stdout.write(`Wrote ${counted(written.events, 'event')} to ${path}.\n`);
    if (written.dropped > 0) process.stderr.write(`The ${written.dropped} events before them are missing.\n`);
    return 0;
  },
};

/** Waits until the time is up, for a SIGINT, or for the end of the program. */
async function stopped(client: Client, seconds: number): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end);
  await client.stay(seconds * 1_000, stop);
  process.off('SIGINT', end);
}
