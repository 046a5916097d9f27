/**
 * The channels of `node:diagnostics_channel`. We observe greenlets only while a channel has subscribers. Node has no event for a new
 * subscriber, so we wrap `subscribe` and `unsubscribe` of our own channels.
 */
import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel';
import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { observe, type Tool } from './observing.ts';

/** A message of `greenhub:greenlet:spawn` and `greenhub:greenlet:kill`. */
export interface GreenletMessage {
  readonly greenlet: RawGreenlet;
  /** The greenlet that spawns or kills it; main for code outside greenlets. */
  readonly by: RawGreenlet;
}

/** A message of `greenhub:greenlet:end`. */
export interface EndMessage {
  readonly greenlet: RawGreenlet;
  readonly outcome: 'returned' | 'failed' | 'killed';
  /** What it has returned or thrown. */
  readonly result: unknown;
}

/** A message of `greenhub:error`: an error that nobody took. */
export interface ErrorMessage {
  readonly greenlet: RawGreenlet;
  readonly error: unknown;
}

/** A message of `tracing:greenhub:greenlet:*`: the same object for all events of a greenlet. */
export interface GreenletTrace {
  readonly greenlet: RawGreenlet;
  readonly by: RawGreenlet;
  error?: unknown;
  result?: unknown;
}

/**
 * The channels that greenhub publishes on, once `greenhub/inspect` is loaded. `diagnostics_channel.subscribe(name, …)` reaches the same.
 *
 * @example
 * channels.spawn.subscribe((message) => console.log((message as GreenletMessage).greenlet.name));
 */
export const channels: {
  /** `greenhub:greenlet:spawn`; see `GreenletMessage`. */
  readonly spawn: Channel;
  /** `greenhub:greenlet:end`; see `EndMessage`. */
  readonly end: Channel;
  /** `greenhub:greenlet:kill`; see `GreenletMessage`. */
  readonly kill: Channel;
  /** `greenhub:hub:blocked`, only while `watchBlocking()` is on; see `Blocked`. */
  readonly blocked: Channel;
  /** `greenhub:error`; see `ErrorMessage`. */
  readonly error: Channel;
} = {
  spawn: channel('greenhub:greenlet:spawn'),
  end: channel('greenhub:greenlet:end'),
  kill: channel('greenhub:greenlet:kill'),
  blocked: channel('greenhub:hub:blocked'),
  error: channel('greenhub:error'),
};

/** The life of a greenlet as that of a promise: `start` and `end` at its spawn, `asyncStart` and `asyncEnd` at its end. */
const tracing = tracingChannel<unknown, GreenletTrace>('greenhub:greenlet');
const traced = [tracing.start, tracing.end, tracing.asyncStart, tracing.asyncEnd, tracing.error];
/** The messages of the greenlets whose spawn was published. */
const traces = new WeakMap<RawGreenlet, GreenletTrace>();

const publisher: Tool = {
  followsSwitches: false,
  readsClock: false,
  woken() {},
  switched() {},
  timedOut() {},

  spawned(greenlet) {
    const message: GreenletTrace = { greenlet, by: kernel.current };
    if (channels.spawn.hasSubscribers) channels.spawn.publish(message satisfies GreenletMessage);
    if (!traced.some(({ hasSubscribers }) => hasSubscribers)) return;
    traces.set(greenlet, message);
    tracing.start.publish(message);
    tracing.end.publish(message);
  },

  killed(greenlet) {
    channels.kill.publish({ greenlet, by: kernel.current } satisfies GreenletMessage);
  },

  ended(greenlet, hasFailed, result) {
    const outcome = !hasFailed ? 'returned' : isA(result, GreenletExit) ? 'killed' : 'failed';
    channels.end.publish({ greenlet, outcome, result } satisfies EndMessage);
    const message = traces.get(greenlet);
    if (message === undefined) return;
    traces.delete(greenlet);
    if (!hasFailed) message.result = result;
    else {
      message.error = result;
      tracing.error.publish(message);
    }
    tracing.asyncStart.publish(message);
    tracing.asyncEnd.publish(message);
  },

  failed(greenlet, error) {
    channels.error.publish({ greenlet, error } satisfies ErrorMessage);
  },
};

const published = [channels.spawn, channels.end, channels.kill, channels.error, ...traced];
let stop: (() => void) | null = null;

for (const each of published) callAfter(each, ['subscribe', 'unsubscribe'], follow);
follow();

/** Observes greenlets if somebody subscribes. */
function follow(): void {
  const isWanted = published.some(({ hasSubscribers }) => hasSubscribers);
  if (isWanted) stop ??= observe(publisher);
  else {
    stop?.();
    stop = null;
  }
}

/** Calls `after` after each call of these methods. */
function callAfter(target: Channel, methods: readonly ('subscribe' | 'unsubscribe')[], after: () => void): void {
  for (const name of methods) {
    const value = function (this: Channel, subscriber: (message: unknown, name: string | symbol) => void): unknown {
      // Node replaces the prototype when the first subscriber arrives or the last one leaves, so we look the method up each time.
      const result = Object.getPrototypeOf(this)[name].call(this, subscriber);
      after();
      return result;
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}
