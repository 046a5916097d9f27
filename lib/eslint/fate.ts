/** What becomes of the value of a call: whether anything uses it. */
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

/** What becomes of an operation, or of a generator, that is not run. */
export interface Fate {
  /** What has to have `yield*` or `await` written before it: the call with the wrappers around it. */
  readonly operand: Rule.Node;
  /** The `yield` without a star that it is given to; null if its value is dropped. */
  readonly yielded: Rule.Node | null;
  /** It might be that there is no operation, because an optional chain may end early. */
  readonly optional: boolean;
  /** The operand is not a part of some larger expression. */
  readonly alone: boolean;
  /** `await`, or an async function that returns it, waits for it if it has a `then()`: a generator has none. */
  readonly awaited: boolean;
}

/** Follows the value of a call outwards; null if it is used by something. */
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

/** True where the value of `child` goes no further. */
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

/** True where the value of `child` is, or may be, the value of `parent`, and nobody else has it. */
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

/** The function whose result `child` is. */
function returnedFrom(parent: Rule.Node, child: Rule.Node): (FunctionNode & Rule.NodeParentExtension) | null {
  if (parent.type === 'ReturnStatement') return functionAround(parent);
  return parent.type === 'ArrowFunctionExpression' && parent.body === child ? parent : null;
}

/** Methods that call a function back and drop what it gives, with the place of the function among the arguments. */
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

/** True for a callback whose caller has no use for what it gives. Types decide where there are some. */
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
