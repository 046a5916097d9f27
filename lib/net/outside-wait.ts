import { getHub } from '../hub/loop/hub.ts';
import { external } from '../hub/parking/external.ts';
import { TakingSuspension } from '../hub/parking/taking.ts';
import { tellWhereRaised } from '../hub/parking/where-raised.ts';

const hub = getHub();

/** How many sends have finished, one after the other, while nobody waited for the network. */
export const unwaited = { sends: 0 };

/** A wait for the network: what ends it comes from outside the hub, which whoever moves the clock has to know. */
export abstract class OutsideWait<T> extends TakingSuspension<T> {
  /**
   * Whether who waits may go on only when the event loop has told all that is new: true where what comes meanwhile is kept for
   * him, and false where he might listen to events himself, and would miss some.
   */
  protected get canLinger(): boolean {
    return true;
  }

  protected override park(): void {
    external.waits += 1;
    unwaited.sends = 0;
    super.park();
  }

  protected override complete(value: T): void {
    this.over();
    if (this.canLinger) hub.gather(() => super.complete(value));
    else super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.over();
    // It comes out of an event, so that its stack tells nothing.
    tellWhereRaised(error);
    if (this.canLinger) hub.gather(() => super.fail(error));
    else super.fail(error);
  }

  override abort(): void {
    this.over();
    super.abort();
  }

  /** It is counted as long as it has its ticket. */
  private over(): void {
    if (this.ticket === 0) return;
    this.ticket = 0;
    external.waits -= 1;
  }
}
