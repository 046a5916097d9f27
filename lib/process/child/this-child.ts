import { GreenletExit } from '../../greenlet/errors.ts';
import { host } from '../../hub/loop/host.ts';
import type { ProcessSignal } from '../../hub/loop/host-process.ts';
import { lookAtThis } from '../../hub/reports/load-inspection.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import { Event } from '../../sync/event.ts';
import type { Channel } from '../channel/channel.ts';
import { StreamChannel } from '../channel/stream-channel.ts';
import { code, network } from '../network/network.ts';
import { encodeError } from '../travel/encode.ts';
import { verb } from './boot.ts';
import { flushOutput } from './flush-output.ts';
import { here } from './here.ts';
import { killGreenlets } from './kill-greenlets.ts';
import { neighbours } from './neighbours.ts';

/** How long the cleanup of greenlets may take once the parent has ended, in milliseconds. */
const ORPHANED = 1_000;

/** How long its output may take after a signal, in milliseconds. */
const FLUSHED = 1_000;

/** Why this child has to end. */
export interface Stop {
  /** The number of the signal that it received, or that the request of its parent stands for. */
  readonly signal: number;
  readonly reason: GreenletExit;
}

interface Ending {
  readonly exitcode: number;
  readonly signal: number;
}

const numbers: Readonly<Record<ProcessSignal, number>> = { SIGINT: 2, SIGTERM: 15 };

/** The process or thread that this code runs in, if greenhub has started it. */
class ThisChild {
  /** Called when it has to end, once. A role may set it, to end its own work first. It then calls `end()`. */
  onStop: (stop: Stop) => void = ({ signal }) => void this.end(128 + signal, signal);
  /** Receives what the parent sends as a message of the kind PROCESS. */
  onMessage: (fields: readonly unknown[]) => void = () => {};
  /** The greenlets that a natural end waits for, because they wait for other processes. */
  awaited: () => readonly Greenlet[] = () => [];
  /** Set once the parent has ended. */
  readonly parentEnded = new Event();
  private channel: Channel | null = null;
  private parentId = '';
  private isStopped = false;
  /** How it ends; null while it does not. */
  private ending: Ending | null = null;

  /** @internal Called once, by the bootstrap. */
  join(channel: Channel, parentId: string): void {
    this.channel = channel;
    this.parentId = parentId;
    neighbours.set(parentId, (fields) => {
      if (fields[0] === verb.TERMINATE) this.stop('SIGTERM', `${here.name} was terminated by its parent`);
      else if (fields[0] === verb.LOOK) void this.look(fields[1] as number, fields[2] as string);
      else this.onMessage(fields);
    });
    channel.onClose(() => {
      this.parentEnded.set();
      host.startTimer(() => process.exit(), ORPHANED).unref();
      this.stop('SIGTERM', `the parent of ${here.name} has ended`);
    });
  }

  /** Sets the longest message that it sends to its parent, or receives. There is no limit between threads. */
  limitMessages(maxMessageBytes: number): void {
    if (this.channel instanceof StreamChannel) this.channel.maxMessageBytes = maxMessageBytes;
  }

  /** True once `end()` was called. */
  get isEnding(): boolean {
    return this.ending !== null;
  }

  /** Handles the next message of the parent now, if one has arrived. Returns false if there is none. */
  receiveNow(): boolean {
    return this.channel?.receiveNow?.() ?? false;
  }

  /** How many messages of the parent have come, to a thread. */
  get received(): number {
    return this.channel?.received ?? 0;
  }

  /** Sends the parent a message of the kind PROCESS. */
  tell(...fields: readonly unknown[]): void {
    network.send(this.parentId, code.PROCESS, fields);
  }

  /** Tells the parent what runs here. */
  private async look(number: number, question: string): Promise<void> {
    this.tell(verb.LOOKED, number, await lookAtThis(question));
  }

  /** Has it end as after a signal. */
  stop(signal: ProcessSignal, why: string): void {
    if (this.isStopped) return;
    this.isStopped = true;
    const stop: Stop = { signal: numbers[signal], reason: new GreenletExit(why) };
    if (this.ending === null) this.onStop(stop);
    else {
      this.ending = { exitcode: 128 + stop.signal, signal: stop.signal };
      for (const each of this.awaited()) each.kill({ reason: stop.reason });
    }
  }

  /** Tells the parent which error has ended it, and ends. */
  async fail(error: unknown): Promise<void> {
    if (this.ending !== null) return;
    this.tell(verb.FAILED, encodeError(error, { toThread: here.kind === 'thread', use: 'result' }));
    await this.end(1);
  }

  /**
   * Ends it: kills its greenlets, waits for their cleanup, for the processes that it has started (unless there was a signal) and
   * for output, and exits.
   *
   * @param signal the number of the signal that was handled, if there was one
   */
  async end(exitcode: number, signal = 0): Promise<void> {
    if (this.ending !== null) return;
    this.ending = { exitcode, signal };
    if (signal === 0) {
      await killGreenlets(this.awaited);
      for (let [first] = this.awaited(); first !== undefined; [first] = this.awaited()) await first.join();
    }
    await killGreenlets();
    await flushOutput(this.ending.signal === 0 ? Infinity : FLUSHED);
    this.tell(verb.ENDING, this.ending.exitcode, this.ending.signal);
    // What was posted to a thread has arrived.
    if (this.channel instanceof StreamChannel) await this.channel.finished();
    process.exit(this.ending.exitcode);
  }
}

export const thisChild = new ThisChild();
