import { type HostTimer, host } from '../hub/loop/host.ts';
import { type ChildNode, childNodes } from '../hub/reports/children.ts';
import type { KillStatus } from './console/kill.ts';
import type { GreenletPage } from './console/protocol.ts';
import type { ChildSight, FamilyOptions } from './family.ts';

/** The questions that a parent can ask a child process or thread: for each name, its parameters and its result. */
export interface ChildQuestions {
  /** What runs in it and in its children. */
  family: { params: FamilyOptions; result: ChildSight };
  /** One of its greenlets, with its stack. */
  greenlet: { params: { id: number }; result: GreenletPage };
  kill: { params: { id: number }; result: KillStatus };
  /** Asks one of its own children, or a child of that. */
  forward: { params: Forwarded; result: Reached<unknown> };
}

/** A question for the process or thread at the end of a path. */
export interface Forwarded {
  /** The ids of children: that of a child, that of a child of this child, and so on. */
  readonly path: readonly number[];
  readonly question: ChildQuestion;
  /** How long to wait for the answer, in milliseconds. */
  readonly patience: number;
}

export type ChildQuestion = {
  [name in keyof ChildQuestions]: { readonly name: name; readonly params: ChildQuestions[name]['params'] };
}[keyof ChildQuestions];

type ResultOf<Q extends ChildQuestion> = ChildQuestions[Q['name']]['result'];

/** An answer, or why there is none. */
export type Told<T> =
  | { readonly answer: T; readonly silent: null }
  | { readonly answer: null; readonly silent: string };

/** A process or thread at the end of a path, and its answer. */
export type Reached<T> = Told<T> & {
  /** Null if there is no such process or thread (any more). */
  readonly node: Pick<ChildNode, 'name' | 'kind' | 'pid'> | null;
};

/** How long a child may take to answer a tool, in milliseconds. */
export const PATIENCE = 2_000;
/** A child gives its own children only this part of its patience, so that it still has time to answer. */
const LEFT = 0.7;

/** How long the children of a child may take, if the child itself may take `patience` milliseconds. */
export function lessPatience(patience: number): number {
  return patience * LEFT;
}

/** Asks a child. */
export async function askChild<Q extends ChildQuestion>(
  node: ChildNode,
  question: Q,
  patience: number,
): Promise<Told<ResultOf<Q>>> {
  const text = await within(patience, node.look(JSON.stringify(question)));
  if (text === null) return { answer: null, silent: 'it does not answer: something blocks its event loop' };
  if (text === '') return { answer: null, silent: 'it has ended' };
  const told = JSON.parse(text) as { readonly result: ResultOf<Q> } | { readonly error: string };
  return 'error' in told ? { answer: null, silent: told.error } : { answer: told.result, silent: null };
}

/** Asks a child, or a child of a child: each passes the question on to the next one. */
export async function askAlong<Q extends ChildQuestion>(
  [id, ...path]: readonly number[],
  question: Q,
  patience: number,
): Promise<Reached<ResultOf<Q>>> {
  const node = childNodes.list().find((each) => each.id === id);
  if (node === undefined) return { node: null, answer: null, silent: 'it has ended' };
  const { name, kind, pid } = node;
  const here = { name, kind, pid };
  if (path.length === 0) return { node: here, ...(await askChild(node, question, patience)) };
  const params = { path, question, patience: lessPatience(patience) };
  const { answer, silent } = await askChild(node, { name: 'forward', params }, patience);
  // What is behind a silent child is not known.
  return answer === null ? { node: null, answer, silent } : (answer as Reached<ResultOf<Q>>);
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
