import { kernel, RESUMED } from '../../greenlet/kernel.ts';
import { awaiting, type Operation } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { type Mode, NEXT, THROW, UNSTARTED } from '../../greenlet/state.ts';
import { getHub } from '../loop/hub.ts';

const hub = getHub();

/** Runs an operation that code outside greenlets awaits, and settles its promise. */
export class MainWait<T = unknown> extends RawGreenlet {
  private readonly resolve: (value: T) => void;
  private readonly reject: (error: unknown) => void;

  constructor(operation: Operation<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    super(() => operation, kernel.main);
    this.stateAndPlace = UNSTARTED;
    this.resolve = resolve;
    this.reject = reject;
  }

  override get name(): string {
    return 'main';
  }

  override conclude(mode: Mode, value: unknown): RawGreenlet {
    this.bury();
    kernel.mode = NEXT;
    kernel.value = undefined;
    if (mode === THROW) this.reject(value);
    else this.resolve(value as T);
    return kernel.main;
  }
}

/** Has operations awaited by the hub from now on. */
export function awaitThroughHub(): void {
  awaiting.run = <T>(operation: Operation<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      hub.ready(new MainWait(operation, resolve, reject), NEXT, RESUMED);
    });
}
