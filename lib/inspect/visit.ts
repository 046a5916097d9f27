import { killById } from './console/kill.ts';
import { greenletById } from './greenlet-by-id.ts';
import { greenletInfo } from './greenlet-info.ts';
import { Measuring } from './measuring.ts';
import { overview } from './overview.ts';
import { type Recording, record } from './record.ts';
import type { Request, Requests } from './requests.ts';
import { snapshot } from './snapshot.ts';

type Answers = { [name in keyof Requests]: (params: Requests[name]['params']) => Requests[name]['result'] };

/** What one connection may ask, and what it has turned on. Its end turns that off again. */
export class Visit implements Disposable {
  private readonly measuring = new Measuring();
  private recording: Recording | null = null;
  private readonly runner: number | null;

  constructor(runner: number | null) {
    this.runner = runner;
  }

  /** @throws Error if there is no such request, or if it cannot be answered */
  answer({ name, params }: Request): unknown {
    if (!Object.hasOwn(this.answers, name)) throw new Error(`the greenhub of the program does not know "${name}"`);
    return (this.answers[name] as (params: unknown) => unknown)(params);
  }

  [Symbol.dispose](): void {
    this.measuring[Symbol.dispose]();
    this.recording?.[Symbol.dispose]();
  }

  private readonly answers: Answers = {
    hello: () => ({
      pid: process.pid,
      runner: this.runner,
      command: process.argv.slice(1),
      uptime: process.uptime(),
      greenlets: snapshot({ limit: 0 }).hub.greenlets,
    }),
    snapshot: (options) => snapshot(options),
    greenlet: ({ id }) => {
      const greenlet = greenletById(id);
      return greenlet === undefined ? null : greenletInfo(greenlet, true);
    },
    kill: ({ id }) => killById(id) === 202,
    overview: (options) => {
      this.measuring.ensure();
      return overview(options, this.measuring.since);
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
