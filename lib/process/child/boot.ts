import type { Family } from './family.ts';
import type { Identity } from './here.ts';

/** The first message to a child: what it is. */
export interface Boot {
  /** Its id and its parent's id in the network. */
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'process' | 'thread';
  readonly daemon: boolean;
  readonly depth: number;
  readonly parent: Identity;
  readonly watchdog: boolean;
  /** The working folder of a process; null for that of its parent. */
  readonly cwd: string | null;
  /** How many handles of sockets are sent beside this message. */
  readonly handles: number;
  readonly family: Family;
  readonly role: string;
  /** For its role. */
  readonly task: unknown;
}

/** What passes between a child and its parent besides, as the first field of a message of the kind PROCESS. */
export const verb = {
  /** To the child: end, as after SIGTERM. */
  TERMINATE: 'terminate',
  /** To the parent: an error outside of the child's role has ended it. */
  FAILED: 'failed',
  /** To the parent: the child ends by itself, with an exit code and the number of the signal that it has handled, or 0. */
  ENDING: 'ending',
  /** To the child: tell what runs in it. With a number, and a question of `greenhub/inspect`. */
  LOOK: 'look',
  /** To the parent: the answer to the question with this number. */
  LOOKED: 'looked',
} as const;
