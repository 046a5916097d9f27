/**
 * What has its own way to travel between processes: shared objects, remote functions, listeners. Each class names a kind, and
 * registers how to restore an object of that kind from its reference.
 */

import type { Gift } from '../../net/giving.ts';

/** The key of the method that returns an object's reference. */
export const TRAVEL = Symbol('greenhub.travel');

/** What is sent in the place of an object. */
export interface Reference {
  readonly kind: string;
  /** Structured-cloneable. */
  readonly data: unknown;
}

export interface Shareable {
  /**
   * Called for each message that contains the object. It must change nothing, because the message may not be sent after all.
   *
   * @throws TypeError if it cannot go there, for example shared memory to another process
   */
  [TRAVEL](way: Way): Reference;
}

/** Where a message goes. */
export interface Way {
  /** True if the receiver is a thread of this process. */
  readonly toThread: boolean;
  /** What the message is for, which limits what may be inside. A `job` may go to another machine, and be read much later. */
  readonly use: 'argument' | 'item' | 'value' | 'result' | 'job';
  /** Collects the sockets whose handles are sent beside the message. Undefined if there can be none. */
  readonly gifts?: Gift[] | undefined;
  /** Collects what moves to the child that the message starts. Each is called once the child is started. */
  readonly moves?: ((child: { readonly id: string; readonly name: string }) => void)[] | undefined;
}

const kinds = new Map<string, (data: never) => object>();

/** Registers how to restore an object of a kind. Called when its class is loaded. */
export function restoresWith<Data>(kind: string, restore: (data: Data) => object): void {
  kinds.set(kind, restore as (data: never) => object);
}

export function restored({ kind, data }: Reference): object {
  const restore = kinds.get(kind);
  if (restore === undefined) throw new Error(`greenhub/process received an object of the unknown kind "${kind}"`);
  return restore(data as never);
}
