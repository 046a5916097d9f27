import { type Answers, answered } from './answers.ts';
import { Asked } from './asked.ts';
import { PATIENCE } from './child-questions.ts';
import { killById } from './console/kill.ts';
import { openConsole } from './console/open-console.ts';
import { livingGreenlets } from './every-greenlet.ts';
import { askChildren } from './family.ts';
import { greenletById } from './greenlet-by-id.ts';
import { greenletInfo } from './greenlet-info.ts';
import { reportOnce } from './guarded.ts';
import { Measuring } from './measuring.ts';
import { overview } from './overview.ts';
import { type Recording, record } from './record.ts';
import type { Request, Requests } from './requests.ts';
import type { ConsoleServer } from './serve.ts';
import { snapshot } from './snapshot.ts';

/** Answers the requests of one connection. When the connection ends, it turns off what they have turned on. */
export class Visit implements Disposable {
  private readonly measuring = new Measuring();
  private readonly end = new AbortController();
  private readonly relatives = new Asked(() => askChildren({ limit: 0, patience: PATIENCE }));
  private recording: Recording | null = null;
  private serving: Promise<ConsoleServer> | null = null;
  private readonly runner: number | null;

  constructor(runner: number | null) {
    this.runner = runner;
  }

  /** @throws Error if there is no such request, or if it cannot be answered */
  answer(request: Request): Promise<unknown> {
    return answered(this.answers, request);
  }

  [Symbol.dispose](): void {
    this.measuring[Symbol.dispose]();
    this.recording?.[Symbol.dispose]();
    this.end.abort();
  }

  private readonly answers: Answers<Requests> = {
    hello: () => ({
      pid: process.pid,
      runner: this.runner,
      command: process.argv.slice(1),
      uptime: process.uptime(),
      greenlets: livingGreenlets().length,
    }),
    snapshot: (options) => snapshot(options),
    family: (options) => askChildren(options),
    greenlet: ({ id }) => {
      const greenlet = greenletById(id);
      return greenlet === undefined ? null : greenletInfo(greenlet, true);
    },
    kill: ({ id }) => killById(id) === 202,
    overview: (options) => {
      this.measuring.ensure();
      // Without waiting, so that a child that something blocks does not delay the overview.
      this.relatives.renew().catch(reportOnce);
      return { ...overview(options), children: this.relatives.latest };
    },
    console: async ({ port }) => {
      this.serving ??= openConsole(port, this.end.signal);
      try {
        return { url: (await this.serving).url };
      } catch (error) {
        this.serving = null;
        throw error;
      }
    },
    record: () => {
      this.recording?.[Symbol.dispose]();
      this.recording = record();
      return null;
    },
    write: ({ path }) => {
      if (this.recording === null) throw new Error('nothing is recorded');
      const trace = this.recording.stop();
      trace.write(path);
      return { events: trace.events, dropped: trace.dropped };
    },
  };
}
