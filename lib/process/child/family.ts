import { crypto } from '../nodes-modules.ts';

/** What a program shares with all processes that it starts, and with theirs. It travels in their first message only. */
export interface Family {
  /** Tells whether two processes belong to the same program, and so reach each other already. */
  readonly id: string;
  /** The key of Managers that are started without one. */
  readonly key: Uint8Array;
}

let own: Family | null = null;

export function family(): Family {
  if (own === null) {
    const { randomBytes } = crypto();
    own = { id: randomBytes(16).toString('hex'), key: randomBytes(32) };
  }
  return own;
}

/** Called once, before any code of the program runs in a child. */
export function joinFamily(inherited: Family): void {
  own = inherited;
}
