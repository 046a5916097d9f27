import { type ChildNode, childNodes } from '../../hub/reports/children.ts';
import type { Child } from './child.ts';

/** Each with its number. */
const living = new Map<Child, number>();
let lastNumber = 0;

/** Notes a child as long as it is alive, for tools that show what runs. */
export function noteLiving(child: Child): void {
  lastNumber += 1;
  living.set(child, lastNumber);
  child.onEnd(() => living.delete(child));
}

childNodes.list = () => [...living].filter(([{ pid }]) => pid !== null).map(nodeOf);

function nodeOf([child, id]: [Child, number]): ChildNode {
  const { name, kind, pid } = child;
  return { id, name, kind, pid: pid as number, look: (question) => child.look(question) };
}
