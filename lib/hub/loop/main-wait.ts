import { kernel } from '../../greenlet/kernel.ts';
import type { Operation } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { type Mode, NEXT, THROW } from '../../greenlet/state.ts';

/** Runs an operation that code in main awaits, and settles the promise of that `await`. */
export class MainWait<T = unknown> extends RawGreenlet {
  private readonly resolve: (value: T) => void;
  private readonly reject: (error: unknown) => void;

  constructor(operation: Operation<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    super(() => operation, kernel.main);
    this.resolve = resolve;
    this.reject = reject;
  }

  /** @internal */
  override get isLoose(): boolean {
    return false;
  }

  override get name(): string {
    return 'main';
  }

  override conclude(mode: Mode, value: unknown): RawGreenlet {
    this.die(undefined, 0);
    kernel.observer?.ended(this, mode === THROW, value);
    this.forget();
    kernel.mode = NEXT;
    kernel.value = undefined;
    if (mode === THROW) this.reject(value);
    else this.resolve(value as T);
    return kernel.main;
  }
}
