import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { TimedSuspension } from '../hub/parking/suspension.ts';
import type { Waitable } from '../hub/parking/waitable.ts';

/** Something that is ready or not, without anything being taken from it, and wakes all its watchers when it is. */
export interface Flag extends Waitable {
  /** @internal What is waited for, as messages name it. */
  describeWait(): string;
  /** @internal Who could make it ready, as far as that is known. */
  blockers?(): Iterable<RawGreenlet>;
}

/** Waits until a flag is up: true, or false when the time is up first. */
export class FlagWait extends TimedSuspension<boolean> {
  private readonly flag: Flag;

  constructor(flag: Flag, options: TimeoutOption | undefined) {
    super(options);
    this.flag = flag;
  }

  describe(): string {
    return this.flag.describeWait();
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.flag.blockers?.() ?? [];
  }

  protected tryNow(): boolean {
    this.value = true;
    return this.flag.ready();
  }

  protected enqueue(): void {
    this.flag.watch(this);
  }

  protected timedOut(): boolean {
    return false;
  }

  override notify(): void {
    this.complete(true);
  }
}
