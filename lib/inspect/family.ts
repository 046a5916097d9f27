import { type ChildNode, childNodes } from '../hub/reports/children.ts';
import { askChild, lessPatience } from './child-questions.ts';
import { livingGreenlets } from './every-greenlet.ts';
import { type HubInfo, hubInfo } from './hub-info.ts';
import { type Snapshot, snapshot } from './snapshot.ts';

/** A child process or a thread, and what runs in it. */
export interface FamilyMember extends ChildSight {
  /** Tells the children of one process apart. */
  readonly id: number;
  readonly name: string;
  readonly kind: 'process' | 'thread';
  /** A thread has that of its process. */
  readonly pid: number;
  /** Why it is not known what runs in it; null if it is known. */
  readonly silent: string | null;
}

/** What a child tells of itself. */
export interface ChildSight {
  /** Its numbers; null if they are not known. */
  readonly hub: HubInfo | null;
  /** What runs in it; null if that is not known, or was not asked for. */
  readonly snapshot: Snapshot | null;
  /** Its own children. */
  readonly children: readonly FamilyMember[];
}

export interface FamilyOptions {
  /** The largest number of greenlets of each to describe. With 0, there is no snapshot, which is cheaper. */
  readonly limit: number;
  /** How long to wait for an answer, in milliseconds. */
  readonly patience: number;
}

/** Asks the processes and threads that this one has started what runs in them, and in their children. */
export function askChildren(options: FamilyOptions): Promise<FamilyMember[]> {
  return Promise.all(childNodes.list().map((node) => member(node, options)));
}

/** Describes this process or thread, and its children, for its parent. */
export async function lookHere({ limit, patience }: FamilyOptions): Promise<ChildSight> {
  const children = await askChildren({ limit, patience: lessPatience(patience) });
  if (limit === 0) return { hub: hubInfo(livingGreenlets()), snapshot: null, children };
  const taken = snapshot({ limit });
  return { hub: taken.hub, snapshot: taken, children };
}

async function member(node: ChildNode, options: FamilyOptions): Promise<FamilyMember> {
  const { id, name, kind, pid } = node;
  const { answer, silent } = await askChild(node, { name: 'family', params: options }, options.patience);
  return { id, name, kind, pid, silent, ...(answer ?? { hub: null, snapshot: null, children: [] }) };
}
