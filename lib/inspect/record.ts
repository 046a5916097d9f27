import { counted, Shown, TEXT, titled } from '../greenlet/shown.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { now } from './clock.ts';
import { firstStates } from './first-states.ts';
import { namesOfTracks } from './names-of-tracks.ts';
import { observe } from './observing.ts';
import { Recorder } from './recorder.ts';
import { Trace } from './trace.ts';

export interface RecordOptions {
  /** How many events to keep, 24 bytes each. When there are more, the oldest go. The default is 1,000,000. */
  maxEvents?: number | undefined;
}

const RECORD_OPTIONS: OptionNames<RecordOptions> = { maxEvents: 'number' };

/** A recording that `record()` has started. */
export interface Recording extends Disposable {
  /** Ends the recording. A second call returns the same trace. */
  stop(): Trace;
}

/**
 * Records what all greenlets do: when each runs, is ready, and waits, what it waits for, and which greenlet wakes it. It changes
 * nothing for the program: no order, no wake-up, and no object is kept alive.
 *
 * @throws TypeError or RangeError if `maxEvents` is not a whole number from 1 to 100,000,000
 *
 * @example
 * const recording = record();
 * await run(main);
 * recording.stop().write('trace.json'); // opens in https://ui.perfetto.dev
 */
export function record(options?: RecordOptions): Recording {
  const { maxEvents = 1_000_000 } = checkedOptions(options, RECORD_OPTIONS, 'record()') ?? {};
  if (typeof maxEvents !== 'number') {
    throw new TypeError(`maxEvents of record() must be a number, not ${kindOf(maxEvents)}`);
  }
  if (!Number.isInteger(maxEvents) || maxEvents < 1 || maxEvents > MOST_EVENTS) {
    throw new RangeError(`maxEvents of record() must be a whole number from 1 to ${MOST_EVENTS}, not ${maxEvents}`);
  }
  return new OneRecording(maxEvents);
}

const MOST_EVENTS = 100_000_000;

class OneRecording extends Shown implements Recording {
  private readonly recorder: Recorder;
  private readonly before: ReadonlyMap<number, number>;
  private readonly end: () => void;
  private trace: Trace | null = null;

  constructor(maxEvents: number) {
    super();
    this.recorder = new Recorder(maxEvents);
    this.before = firstStates(this.recorder);
    this.end = observe(this.recorder);
  }

  /** @internal */
  [TEXT](): string {
    const { added, dropped } = this.recorder.log;
    const lost = dropped === 0 ? null : `${dropped} dropped`;
    return titled('Recording', this.trace === null ? 'on' : 'stopped', counted(added - dropped, 'event'), lost);
  }

  stop(): Trace {
    if (this.trace === null) {
      this.end();
      this.trace = traceOf(this.recorder, this.before);
    }
    return this.trace;
  }

  /** Makes the trace too: later, the greenlets may have other names, or none. */
  [Symbol.dispose](): void {
    this.stop();
  }
}

function traceOf(recorder: Recorder, before: ReadonlyMap<number, number>): Trace {
  const { log, names } = recorder;
  return new Trace({
    log,
    pid: process.pid,
    before,
    end: now(),
    nameOfWait: (number) => names.name(number),
    nameOfTrack: namesOfTracks(recorder, () => true),
  });
}
