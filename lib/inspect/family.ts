import { type HostTimer, host } from '../hub/loop/host.ts';
import { type ChildNode, childNodes } from '../hub/reports/children.ts';
import { type Snapshot, snapshot } from './snapshot.ts';

/** A child process or a thread, and what runs in it. */
export interface FamilyMember {
  readonly name: string;
  readonly kind: 'process' | 'thread';
  /** A thread has that of its process. */
  readonly pid: number;
  /** Why it is not known what runs in it; null if it is known. */
  readonly silent: string | null;
  /** What runs in it; null if that is not known. */
  readonly snapshot: Snapshot | null;
  /** Its own children. */
  readonly children: readonly FamilyMember[];
}

export interface FamilyOptions {
  /** The largest number of greenlets of each to describe. */
  readonly limit: number;
  /** How long to wait for an answer, in milliseconds. */
  readonly patience: number;
}

/** The part of the patience that is left to the children of a child. */
const LEFT = 0.7;

/** Asks the processes and threads that this one has started what runs in them, and in their children. */
export function askChildren(options: FamilyOptions): Promise<FamilyMember[]> {
  return Promise.all(childNodes.list().map((node) => member(node, options)));
}

/** What a child answers its parent. */
export async function lookForParent(question: string): Promise<string> {
  const options = JSON.parse(question) as FamilyOptions;
  const children = await askChildren({ ...options, patience: options.patience * LEFT });
  return JSON.stringify({ snapshot: snapshot({ limit: options.limit }), children });
}

type Answer = Pick<FamilyMember, 'snapshot' | 'children'> | { readonly error: string };

async function member(node: ChildNode, options: FamilyOptions): Promise<FamilyMember> {
  const { name, kind, pid } = node;
  const answer = await within(options.patience, node.look(JSON.stringify(options)));
  const unknown = { name, kind, pid, snapshot: null, children: [] };
  if (answer === null) return { ...unknown, silent: 'it does not answer: something blocks its event loop' };
  if (answer === '') return { ...unknown, silent: 'it has ended' };
  const given = JSON.parse(answer) as Answer;
  if ('error' in given) return { ...unknown, silent: given.error };
  return { name, kind, pid, silent: null, snapshot: given.snapshot, children: given.children };
}

/** Null if the time is up. It keeps no program alive. */
async function within(ms: number, answer: Promise<string>): Promise<string | null> {
  let timer: HostTimer | undefined;
  const late = new Promise<null>((settle) => {
    timer = host.startTimer(() => settle(null), ms).unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== undefined) host.stopTimer(timer);
  }
}
