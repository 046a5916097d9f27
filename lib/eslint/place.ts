import type { Rule } from 'eslint';
import { isField, isFunction } from './syntax.ts';

/** How code can wait at its place: by `yield*`, by `await`, or not at all. */
export type Place = 'greenlet' | 'await' | 'nothing';

const blockTypes = new Set<string>(['StaticBlock', 'TSModuleBlock']);

/** The innermost function decides. Its parameters can neither `yield` nor `await`. */
export function placeOf(node: Rule.Node): Place {
  for (let child = node; child.parent !== null; child = child.parent) {
    const { parent } = child;
    if (isFunction(parent)) {
      if (parent.body !== child) return 'nothing';
      if (parent.async) return 'await';
      return parent.generator ? 'greenlet' : 'nothing';
    }
    if (blockTypes.has(parent.type) || (isField(parent) && parent.value === child)) return 'nothing';
  }
  return 'await';
}
