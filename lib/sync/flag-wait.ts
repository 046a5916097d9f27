import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { TimedSuspension } from '../hub/parking/timed-suspension.ts';
import type { Waitable } from '../hub/parking/waitable.ts';

/** A waitable that is either ready or not. Waiting takes nothing from it, and all watchers wake together. */
export interface Flag extends Waitable {
  /** @internal Describes the wait in messages. */
  describeWait(): string;
  /** @internal The greenlets known to be able to make it ready. */
  blockers?(): Iterable<RawGreenlet>;
}

/** Waits until a flag is ready. Gives true, or false if the timeout passed first. */
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
