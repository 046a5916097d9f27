/**
 * `npm run bench net [-- --rounds 9 --seconds 3] [answer | echo | hello …]`: the requests per second of servers with greenhub/net
 * and with patchSocket(), compared with the same servers in plain Node events. Each server has its own process, and wrk creates
 * the load. The servers take turns (in reverse order in every other round), and a ratio compares two neighbours, so that the
 * noise of the machine affects all of them equally.
 */
import type { ChildProcess } from 'node:child_process';
import { parseArgs } from 'node:util';
import { answerOf, chosen, forkHelper } from './helper.ts';
import { CONNECTIONS, runWrk, whyNoWrk } from './net-load.ts';
import type { Job, SideName } from './net-servers.ts';
import { median, quantile } from './statistics.ts';

/** The required share of the plain server's requests. */
const TARGET = 0.9;
const WARM_UPS = 2;

interface Case {
  job: Job;
  /** A description of the job. */
  name: string;
  /** A script that makes wrk send something other than HTTP requests. */
  script?: string;
}

const cases: Case[] = [
  { job: 'answer', name: 'readUntil() and sendall(), a fixed response' },
  { job: 'echo', name: 'recv() and sendall(), an echo of 64 bytes', script: 'net-echo.lua' },
  { job: 'hello', name: 'HTTP hello' },
];

/** The name of a side in the table. All sides are compared with the plain one. */
const rivals: Record<Job, { side: SideName; title: string; plainly: string }[]> = {
  answer: [
    { side: 'greenhub', title: 'StreamServer', plainly: "net's events" },
    { side: 'patched', title: 'patched net.createServer(function*)', plainly: "net's events" },
  ],
  echo: [
    { side: 'greenhub', title: 'StreamServer', plainly: "net's events" },
    { side: 'patched', title: 'patched net.createServer(function*)', plainly: "net's events" },
  ],
  hello: [
    { side: 'greenhub', title: 'HttpServer', plainly: "http's events" },
    { side: 'patched', title: 'patched http.createServer(function*)', plainly: "http's events" },
  ],
};

/** Measures all sides, prints a line for each, and returns the number of sides below their limit. */
export async function benchNet(args: string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '9' }, seconds: { type: 'string', default: '3' } },
    allowPositionals: true,
  });
  const settings = { rounds: Number(values.rounds), milliseconds: Number(values.seconds) * 1_000 };
  const absence = whyNoWrk();
  if (absence !== undefined) {
    print(`net: not measured, ${absence}`);
    return 0;
  }
  const asked = chosen(
    positionals,
    cases.map(({ job }) => job),
  );
  let missed = 0;
  for (const { job, name, script } of cases.filter(({ job }) => asked.includes(job))) {
    print(`${name}; ${CONNECTIONS} connections of wrk`);
    print(HEADER);
    for (const line of await compare(job, { ...settings, script })) {
      print(line.text);
      if (!line.reached) missed += 1;
    }
  }
  return missed;
}

interface Load {
  milliseconds: number;
  script: string | undefined;
}

/** The result of a server in one round: requests per second, and its share of a processor. */
interface Sample {
  rate: number;
  busy: number;
}

async function compare(
  job: Job,
  { rounds, ...load }: Load & { rounds: number },
): Promise<{ text: string; reached: boolean }[]> {
  const plain = new Server('plain', job);
  const servers = [plain, ...rivals[job].map(({ side }) => new Server(side, job))];
  try {
    for (const server of servers) await server.start();
    for (let round = 0; round < WARM_UPS; round += 1)
      for (const server of servers) await server.load({ ...load, milliseconds: 1_000 });
    for (const server of servers) server.samples.length = 0;
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? servers : [...servers].reverse();
      for (const server of order) await server.load(load);
    }
    return rivals[job].map(({ title, plainly }, index) => lineOf(title, plainly, servers[index + 1] as Server, plain));
  } finally {
    for (const server of servers) server.end();
  }
}

const WIDTHS = [37, 10, 10, 7, 12, 9, 12] as const;
const HEADER = columns(['', 'requests/s', 'plain', 'ratio', 'spread', 'by CPU', 'busy']);

function lineOf(title: string, plainly: string, rival: Server, plain: Server): { text: string; reached: boolean } {
  const ratios = ratiosOf(rival, plain, ({ rate }) => rate);
  const ratio = median(ratios);
  const reached = ratio >= TARGET;
  const text = columns([
    title,
    rateOf(rival),
    rateOf(plain),
    ratio.toFixed(2),
    `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`,
    median(ratiosOf(rival, plain, ({ rate, busy }) => rate / busy)).toFixed(2),
    `${busyOf(rival)} / ${busyOf(plain)}`,
  ]);
  return { text: `${text} ${reached ? ' ' : '✗'} against ${plainly}`, reached };
}

/** The ratio of the two in each round. */
function ratiosOf(rival: Server, plain: Server, what: (sample: Sample) => number): number[] {
  return rival.samples.map((sample, round) => what(sample) / what(plain.samples[round] as Sample));
}

function rateOf({ samples }: Server): string {
  return Math.round(median(samples.map(({ rate }) => rate))).toLocaleString('en');
}

/**
 * If this is far below 100 %, the server had to wait for the load tool or for a processor. Then the previous column is more
 * meaningful: the ratio of requests for each second of processor time.
 */
function busyOf({ samples }: Server): string {
  return `${Math.round(median(samples.map(({ busy }) => busy)) * 100)}%`;
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i] as number))).join(' ');
}

/** The process of one server. */
class Server {
  readonly samples: Sample[] = [];
  private readonly process: ChildProcess;
  private port = 0;

  constructor(side: SideName, job: Job) {
    this.process = forkHelper('net-server.ts', [side, job]);
  }

  async start(): Promise<void> {
    this.port = await answerOf(this.process);
  }

  async load({ milliseconds, script }: Load): Promise<void> {
    const before = await this.cpuTime();
    const started = performance.now();
    const rate = await runWrk(this.port, milliseconds, script);
    const busy = ((await this.cpuTime()) - before) / (performance.now() - started);
    this.samples.push({ rate, busy });
  }

  end(): void {
    this.process.kill('SIGKILL');
  }

  private cpuTime(): Promise<number> {
    this.process.send('how much?');
    return answerOf(this.process);
  }
}
