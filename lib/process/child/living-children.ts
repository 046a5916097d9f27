import { type ChildNode, childNodes } from '../../hub/reports/children.ts';
import type { Child } from './child.ts';

const living = new Set<Child>();

/** Notes a child as long as it is alive, for tools that show what runs. */
export function noteLiving(child: Child): void {
  living.add(child);
  child.onEnd(() => living.delete(child));
}

childNodes.list = () => [...living].filter(({ pid }) => pid !== null).map(nodeOf);

function nodeOf(child: Child): ChildNode {
  const { name, kind, pid } = child;
  return { name, kind, pid: pid as number, look: (question) => child.look(question) };
}
