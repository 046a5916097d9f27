/** The fate of a call's value: whether anything uses it. */
import type { Rule, Scope, SourceCode } from 'eslint';
import { isGlobal, isNeverRead, variableOf } from './scopes.ts';
import {
  type Call,
  type FunctionNode,
  functionAround,
  isWrapper,
  type Of,
  propertyOf,
  type Syntax,
  unwrapped,
} from './syntax.ts';
import type { Types } from './types.ts';

/** The fate of an operation or generator that is never run. */
export interface Fate {
  /** The expression that needs `yield*` or `await` before it: the call with the wrappers around it. */
  readonly operand: Rule.Node;
  /** The `yield` without a star before it; null if its value is dropped. */
  readonly yielded: Rule.Node | null;
  /** True if there may be no operation, because an optional chain may end early. */
  readonly optional: boolean;
  /** True if the operand is not part of a larger expression. */
  readonly alone: boolean;
  /** True after `await`, or if an async function returns it. This runs an operation, but not a generator. */
  readonly awaited: boolean;
}

/** Follows the value of a call outwards. Returns null if anything uses it. */
export function fateOf(call: Call, sourceCode: SourceCode, types: Types | null): Fate | null {
  let operand: Rule.Node = call;
  let optional = false;
  while (operand.parent !== null && isWrapper(operand.parent)) {
    operand = operand.parent;
    optional ||= operand.type === 'ChainExpression';
  }
  let awaited = false;
  for (let node: Rule.Node = operand; node.parent !== null; node = node.parent) {
    const { parent } = node;
    const fate = { operand, yielded: null, optional, alone: node === operand, awaited };
    if (drops(parent, node, sourceCode)) return fate;
    if (parent.type === 'YieldExpression') return parent.delegate ? null : { ...fate, yielded: parent };
    const returning = returnedFrom(parent, node);
    if (returning !== null) {
      const ignored = !returning.generator && isResultIgnored(returning, sourceCode, types);
      return ignored ? { ...fate, awaited: awaited || returning.async === true } : null;
    }
    if (parent.type === 'AwaitExpression') awaited = true;
    else if (!passesOn(parent, node, sourceCode)) return null;
  }
  return null;
}

/** True if `parent` drops the value of `child`. */
function drops(parent: Rule.Node, child: Rule.Node, sourceCode: SourceCode): boolean {
  switch (parent.type) {
    case 'ExpressionStatement':
      return true;
    case 'SequenceExpression':
      return parent.expressions.at(-1) !== child;
    case 'ForStatement':
      return parent.init === child || parent.update === child;
    case 'VariableDeclarator':
      return parent.init === child && isUnread(parent.id, sourceCode);
    default:
      return false;
  }
}

/** True if the value of `child` is, or may be, the value of `parent`, and nothing else uses it. */
function passesOn(parent: Rule.Node, child: Rule.Node, sourceCode: SourceCode): boolean {
  switch (parent.type) {
    case 'SequenceExpression':
      return true;
    case 'LogicalExpression':
      return parent.right === child;
    case 'ConditionalExpression':
      return parent.test !== child;
    case 'AssignmentExpression':
      return parent.operator === '=' && parent.right === child && isUnread(parent.left, sourceCode);
    default:
      return isWrapper(parent);
  }
}

function isUnread(pattern: Syntax, sourceCode: SourceCode): boolean {
  if (pattern.type !== 'Identifier') return false;
  const variable: Scope.Variable | null = variableOf(sourceCode, pattern);
  return variable !== null && isNeverRead(variable);
}

/** The function that returns `child`. */
function returnedFrom(parent: Rule.Node, child: Rule.Node): (FunctionNode & Rule.NodeParentExtension) | null {
  if (parent.type === 'ReturnStatement') return functionAround(parent);
  return parent.type === 'ArrowFunctionExpression' && parent.body === child ? parent : null;
}

/** Methods that ignore the result of their callback, with the index of the callback among the arguments. */
const ignoringMethods = new Map([
  ['forEach', 0],
  ['on', 1],
  ['once', 1],
  ['addListener', 1],
  ['prependListener', 1],
  ['prependOnceListener', 1],
  ['addEventListener', 1],
]);
const ignoringGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);

/** True for a callback whose caller ignores its result. Types decide if there are any. */
function isResultIgnored(
  fn: FunctionNode & Rule.NodeParentExtension,
  sourceCode: SourceCode,
  types: Types | null,
): boolean {
  const typed = types?.ignoresResultOf(fn) ?? null;
  if (typed !== null) return typed;
  const { parent } = fn;
  if (parent?.type === 'NewExpression') return isFirst(parent, fn) && isNamed(parent.callee, 'Promise', sourceCode);
  if (parent?.type !== 'CallExpression') return false;
  const callee = unwrapped(parent.callee);
  if (callee.type === 'Identifier') {
    return isFirst(parent, fn) && ignoringGlobals.has(callee.name) && isGlobal(sourceCode, callee);
  }
  if (callee.type !== 'MemberExpression') return false;
  const method = propertyOf(callee) ?? '';
  if (isNamed(callee.object, 'globalThis', sourceCode)) return isFirst(parent, fn) && ignoringGlobals.has(method);
  if (isNamed(callee.object, 'process', sourceCode) && method === 'nextTick') return isFirst(parent, fn);
  const position = ignoringMethods.get(method);
  return position !== undefined && parent.arguments[position] === (fn as Syntax);
}

function isFirst(call: Of<'CallExpression'> | Of<'NewExpression'>, fn: Syntax): boolean {
  return call.arguments[0] === fn;
}

function isNamed(node: Syntax, name: string, sourceCode: SourceCode): boolean {
  return node.type === 'Identifier' && node.name === name && isGlobal(sourceCode, node);
}
