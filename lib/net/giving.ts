import type { GIVE } from '../hub/checks/give.ts';

/**
 * How sockets go to another process: `greenhub/process` asks an object for its gift, sends the data of the gift in its
 * own message, and the handle over the channel that Node has between processes.
 */

/** An object that another process can get. */
export interface Giveable {
  /**
   * @internal Changes nothing, because the gift may not be sent after all.
   * @throws TypeError if it cannot be given in its present state
   */
  [GIVE](): Gift;
}

/** What restores an object elsewhere. */
export interface Gift {
  readonly kind: 'ListeningSocket' | 'Socket';
  /** What is sent beside the handle. It can be cloned. */
  readonly data: unknown;
  /** Called when the gift is sent for certain. If only one process may have the object, it is gone from here then. */
  release(): ReleasedHandle;
}

export interface ReleasedHandle {
  /** What Node's `child.send()` takes as a handle. */
  readonly handle: unknown;
  /** Called once it is sent, or cannot be sent any more. */
  settled(): void;
  /** Called once its new process has ended, which may never have received it. */
  ended?(): void;
}
