import type { Client } from './client.ts';
import { type Command, parsed, portOf } from './command.ts';
import { ENDING } from './ending.ts';
import { JSON_OPTION, printJson } from './json.ts';
import { openBrowser } from './open-browser.ts';
import { noMore, programOf, visit } from './visit.ts';

const OPTIONS = { ...JSON_OPTION, port: { type: 'string' }, 'no-open': { type: 'boolean' } } as const;

/** `greenhub console`: serves the web console of a program. */
export const consoleOf: Command = {
  name: 'console',
  usage: '[PID] [--port PORT] [--no-open] [--json]',
  summary: 'opens the web console of a program',
  help: `
  --port PORT    where the program serves it; any free port by default
  --no-open      do not open the browser
  --json         print the address as JSON

The program serves the page until Ctrl-C ends this command. The browser opens
only from a terminal, and not with --json.
Without PID, it takes the only program that "greenhub ps" lists.`,

  async run(args) {
    const { values, positionals } = parsed(args, OPTIONS);
    const [given, ...extra] = positionals;
    noMore(extra);
    const port = portOf('--port', values.port ?? '0');
    const pid = await programOf(given);
    const opens = process.stdout.isTTY && values.json !== true && values['no-open'] !== true;
    await visit(pid, async (client) => {
      const { url } = await client.ask('console', { port });
      if (values.json === true) printJson({ pid, url });
      else process.stdout.write(`The console of process ${pid} is at ${url}\nCtrl-C closes it.\n`);
      // Without `using`, whose helper would be one more file that every program loads.
      const browser = opens ? openBrowser(url) : null;
      try {
        await untilInterrupted(client);
      } finally {
        browser?.[Symbol.dispose]();
      }
    });
    return 0;
  },
};

/** Waits for Ctrl-C, or for another wish that the command ends. @throws CommandError if the program ends first */
async function untilInterrupted(client: Client): Promise<void> {
  let isInterrupted = false;
  await new Promise<void>((settle) => {
    const interrupt = (): void => {
      isInterrupted = true;
      settle();
    };
    for (const signal of ENDING) process.once(signal, interrupt);
    client.closed().then(settle);
  });
  if (!isInterrupted) throw client.ended();
}
