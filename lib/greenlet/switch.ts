import { addWaiterHere } from './annotate.ts';
import { describe } from './describe.ts';
import { enterFromMain } from './enter-from-main.ts';
import { GreenletError } from './errors.ts';
import { takeForgotten } from './forgotten-switch.ts';
import { kernel, PARK, SWITCH } from './kernel.ts';
import { runOnTopOf } from './on-top.ts';
import { BaseOperation, type Frame, type Suspend } from './operation.ts';
import { probe, reached } from './probe.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { line, TEXT, valueText } from './shown.ts';
import { slots } from './slots.ts';
import { type Mode, THROW } from './state.ts';

const k = kernel;

/**
 * The operation behind `greenlet.switch()` and `greenlet.throw()`. It switches to the target, and finishes when control comes back.
 * If main creates it, it has already run, and `value` is the value that came back.
 *
 * All switches share one iterator, and the greenlet's `destination` says whether it has yet to leave. A new iterator for each
 * switch would be a young object, and would cost a write barrier each time the generator is suspended in it.
 */
export class Switch<T = any> extends BaseOperation<T> {
  /** The value that came back to main. Undefined if a greenlet created the switch. */
  value: T;
  private readonly target: RawGreenlet;
  private readonly mode: Mode;
  private readonly sent: unknown;
  /** How many arguments `sent` stands for. If there are several, it is an array of them. */
  private readonly count: number;

  /** @internal */
  constructor(target: RawGreenlet, mode: Mode, sent: unknown, count: number) {
    super();
    this.value = undefined as T;
    this.target = target;
    this.mode = mode;
    this.sent = sent;
    this.count = count;
  }

  /** @internal */
  [TEXT](): string {
    return line('Switch', 'Switch', `${this.mode === THROW ? 'throws into' : 'goes to'} ${describe(this.target)}`);
  }

  /** @internal Called by main. Runs the switch at once. */
  run(): this {
    this.value = enterFromMain(this.target, this.mode, this.sent, this.count) as T;
    return this;
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    const { current } = k;
    if (current.destination !== this.target) {
      if (current === k.main) throw iteratedInMain(`a switch to ${describe(this.target)}`);
      if (current.destination !== null) throw takeForgotten(current);
      current.destination = this.target;
    }
    k.mode = this.mode;
    k.value = this.sent;
    k.count = this.count;
    return switching as unknown as Iterator<Suspend, T, unknown>;
  }
}

/** A switch that main created. It has run, and must not run again when it is awaited. */
export class MainSwitch<T = any> extends Switch<T> {
  /** @internal */
  override [TEXT](): string {
    return line('Switch', 'Switch', `main has switched, and got ${valueText(this.value)}`);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is an operation
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Promise.resolve(this.value).then(onFulfilled, onRejected);
  }
}

/** The iterator of all switches, and the result of its own last step. The registers hold the data of the present switch. */
class Switching implements Frame {
  readonly done = true;
  value: unknown = undefined;

  next(value?: unknown): IteratorResult<Suspend, unknown> {
    const { current } = k;
    const { destination } = current;
    if (destination === null) {
      this.value = value;
      return this;
    }
    if (current.pending !== null) {
      current.destination = null;
      slots.deliver(current);
      return PARK;
    }
    if (destination === current) return this.stay(current);
    return k.hosting === true || k.watched === true ? SWITCH : runOnTopOf(current, destination, this);
  }

  throw(error?: unknown): IteratorResult<Suspend, unknown> {
    addWaiterHere(error, this.throw);
    throw error;
  }

  return(value?: unknown): IteratorResult<Suspend, unknown> {
    this.value = value;
    return this;
  }

  /** Handles a switch to the running greenlet, which returns at once. While `probe.isOn`, main counts as running. */
  private stay(current: RawGreenlet): IteratorResult<Suspend, unknown> {
    if (probe.isOn) return reached(SWITCH, this.next);
    if (current === k.main) throw iteratedInMain('a switch');
    const { mode, value } = k;
    current.destination = null;
    if (k.tracer !== null) {
      const failure = k.tracer.trace(mode, current, current);
      if (failure !== null) throw failure.error;
    }
    if (mode === THROW) throw value;
    this.value = value;
    return this;
  }
}

const switching = new Switching();

function iteratedInMain(what: string): GreenletError {
  return new GreenletError(`${what} was iterated outside greenlets: call switch() there without \`yield*\``);
}
