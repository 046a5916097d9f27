import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run, start } from './program.ts';

const test = suite('example prefork-http');

const LISTENING = /^listening on (http:\/\/127\.0\.0\.1:\d+) with (\d+) workers$/;

/** Clients that keep their connections open and send requests without a pause. */
class Load {
  isOver = false;
  readonly answers: string[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly clients: Promise<void>[];

  constructor(url: string, clients: number) {
    this.clients = Array.from({ length: clients }, () => this.ask(url));
  }

  /** Rejects if a request has failed. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
    this.agent.destroy();
  }

  private async ask(url: string): Promise<void> {
    while (!this.isOver) {
      const [response] = (await once(get(url, { agent: this.agent }), 'response')) as [IncomingMessage];
      assert.is(response.statusCode, 200);
      this.answers.push(await text(response));
    }
  }
}

test('the demonstration restarts all workers twice, and each request is answered', async () => {
  const { code, stdout, stderr } = await run('prefork-http');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const [first = '', ...rest] = lines(stdout);
  const workers = Number(LISTENING.exec(first)?.[2]);
  assert.is(rest.length, 2 * workers + 1, stdout);
  for (const line of rest.slice(0, -1)) assert.match(line, /^process \d+ has replaced process \d+$/);
  assert.match(rest.at(-1) ?? '', /^\d+ requests, all answered, by \d+ processes$/);
});

test('SIGHUP replaces the workers while clients with open connections send requests; Ctrl-C ends all', async () => {
  const program = start('prefork-http', '0');
  await program.printed('to restart');
  const [, url = '', workers] = LISTENING.exec(lines(program.output())[0] ?? '') ?? [];
  const load = new Load(url, 10);
  program.signal('SIGHUP');
  const old = new Set<string>();
  while (old.size < Number(workers)) {
    await turn();
    for (const [, pid = ''] of program.output().matchAll(/ has replaced process (\d+)\n/g)) old.add(pid);
  }
  const before = load.answers.length;
  while (load.answers.length < before + 50) await turn();
  await load.end();
  for (const answer of load.answers) assert.match(answer, /^GET \/, answered by process \d+\n$/);
  for (const answer of load.answers.slice(before + 20)) assert.not.ok(old.has(/\d+$/.exec(answer.trim())?.[0] ?? ''));
  program.interrupt();
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test.run();
