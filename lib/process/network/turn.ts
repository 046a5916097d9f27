import { host } from '../../hub/loop/host.ts';
import { Suspension } from '../../hub/parking/suspension.ts';

/** Waits for a turn of the event loop, in which messages arrive. */
export class Turn extends Suspension<void> {
  describe(): string {
    return 'messages of other threads';
  }

  protected override register(): void {
    host.nextTurn(() => this.notify());
  }
}
