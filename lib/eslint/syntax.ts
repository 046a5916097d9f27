/**
 * Questions about the syntax tree: which nodes are functions, which only wrap an expression, what a property is called.
 */
import type { Rule, Scope } from 'eslint';

/** ESTree's nodes, through the types of ESLint, the only package this folder imports. */
export type Syntax = Scope.Scope['block'];
export type Of<T extends Syntax['type']> = Extract<Syntax, { type: T }>;
export type Call = Of<'CallExpression'> & Rule.NodeParentExtension;
export type FunctionNode = Of<'FunctionDeclaration'> | Of<'FunctionExpression'> | Of<'ArrowFunctionExpression'>;
export type ClassNode = Of<'ClassDeclaration'> | Of<'ClassExpression'>;

const functionTypes = new Set<string>(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const fieldTypes = new Set<string>(['PropertyDefinition', 'AccessorProperty']);
const wrapperTypes = new Set<string>([
  'ChainExpression',
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSInstantiationExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
]);

export function isFunction(node: Syntax): node is FunctionNode {
  return functionTypes.has(node.type);
}

/** True for a `function*` that is not async. */
export function isGenerator(node: Syntax): node is Of<'FunctionDeclaration'> | Of<'FunctionExpression'> {
  return isFunction(node) && node.type !== 'ArrowFunctionExpression' && node.generator === true && node.async !== true;
}

export function isField(node: Syntax): node is Of<'PropertyDefinition'> {
  return fieldTypes.has(node.type);
}

export function isClass(node: Syntax): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

/** True for a wrapper that gives the value of its expression unchanged. TypeScript's are not among ESTree's nodes. */
export function isWrapper(node: Syntax): node is Of<'ChainExpression'> {
  return wrapperTypes.has(node.type);
}

export function unwrapped(node: Syntax): Syntax {
  let inner = node;
  while (isWrapper(inner)) inner = inner.expression;
  return inner;
}

/** The name of a property if it is literal: `a.b`, `a['b']`, `a.#b` as `#b`. */
export function propertyOf(member: Of<'MemberExpression'>): string | null {
  const { property, computed } = member;
  if (computed) return property.type === 'Literal' ? String(property.value) : null;
  return keyName(property);
}

/** The name of a key that is not computed. */
export function keyName(key: Syntax): string | null {
  if (key.type === 'Identifier') return key.name;
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return key.type === 'Literal' ? String(key.value) : null;
}

export function parentOf(node: Syntax): Rule.Node | null {
  return (node as Rule.Node).parent;
}

/** The innermost function around a node. */
export function functionAround(node: Syntax): (FunctionNode & Rule.NodeParentExtension) | null {
  for (let outer = parentOf(node); outer !== null; outer = outer.parent) if (isFunction(outer)) return outer;
  return null;
}
