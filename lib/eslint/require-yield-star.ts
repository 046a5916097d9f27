/**
 * The rule `greenhub/require-yield-star`: an operation does nothing until it is run, so a statement that only makes one
 * is a mistake, and so is `yield` where `yield*` was meant.
 *
 * It asks three questions of a call: is it one of greenhub's that give an operation (`effectOf`), is what it gives used
 * (`fateOf`), and what can be written where it stands (`placeOf`)? All of it is answered by syntax and scopes. Types
 * would answer the first one for every expression, but need a type checker, which few linters have at hand. So what is
 * not imported or made in the file itself is not seen; what is reported is meant to be right.
 */
import type { Rule, Scope, SourceCode } from 'eslint';
import { classes, type Effect, functions, makers, modules } from './vocabulary.ts';

/** ESTree's nodes, by way of ESLint, whose types are all that this room imports. */
type Syntax = Scope.Scope['block'];
type Of<T extends Syntax['type']> = Extract<Syntax, { type: T }>;
type Call = Of<'CallExpression'> & Rule.NodeParentExtension;

/** What becomes of an operation that is not run. */
interface Fate {
  /** What has to have `yield*` or `await` written before it: the call with the wrappers around it. */
  readonly operand: Rule.Node;
  /** The `yield` without a star that it is given to; null if its value is dropped. */
  readonly yielded: Rule.Node | null;
  /** It might be that there is no operation, because an optional chain may end early. */
  readonly optional: boolean;
  /** The operand is not a part of some larger expression. */
  readonly alone: boolean;
}

/** Where code stands, by what it can wait with: `yield*`, `await`, nothing. */
type Place = 'greenlet' | 'await' | 'nothing';

const nobodyRuns = '{{call}} makes an operation that nobody runs, so it does nothing.';

export const requireYieldStar: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: { description: 'require that operations of greenhub are run, by `yield*` or `await`', recommended: true },
    fixable: 'code',
    schema: [],
    messages: {
      writeYieldStar: `${nobodyRuns} In a generator function write 'yield* {{call}}'.`,
      writeAwait: `${nobodyRuns} Outside of greenlets write 'await {{call}}'.`,
      cannotWait: `${nobodyRuns} Nothing can wait here: write 'yield* {{call}}' in a function*, or 'await {{call}}' in an async function.`,
      addStar: `'yield' without a star hands out the operation that {{call}} makes, and nobody runs it. Write 'yield* {{call}}'.`,
    },
  },

  create(context) {
    const { sourceCode } = context;
    const names = new Names(sourceCode);
    if (!names.any) return {};
    return {
      CallExpression(node) {
        const call = node as Call;
        const effect = names.effectOf(call);
        const fate = effect === null ? null : fateOf(call);
        if (fate === null) return;
        const place = placeOf(fate.operand);
        if (!isMistake(effect, fate, place)) return;
        context.report({
          node: call,
          messageId: messageFor(fate, place),
          data: { call: shown(call, sourceCode) },
          fix: (fixer) => fixOf(fate, place, fixer, sourceCode),
        });
      },
    };
  },
};

function isMistake(effect: Effect | null, fate: Fate, place: Place): boolean {
  // An async generator waits for what it yields.
  if (fate.yielded !== null) return place === 'greenlet';
  return effect === 'waits' || (effect === 'switches' && place === 'greenlet');
}

function messageFor(fate: Fate, place: Place): string {
  if (fate.yielded !== null) return 'addStar';
  return { greenlet: 'writeYieldStar', await: 'writeAwait', nothing: 'cannotWait' }[place];
}

/** None where it could turn a program that does too little into one that throws: `yield*` of no operation does. */
function fixOf(fate: Fate, place: Place, fixer: Rule.RuleFixer, sourceCode: SourceCode): Rule.Fix[] | null {
  const { operand, yielded, optional, alone } = fate;
  if (place === 'nothing') return null;
  if (place === 'await') return [fixer.insertTextBefore(operand, 'await ')];
  if (optional) return null;
  if (yielded !== null) return alone ? [fixer.insertTextAfter(sourceCode.getFirstToken(yielded)!, '*')] : null;
  const bare = operand.parent?.type === 'LogicalExpression' && sourceCode.getTokenBefore(operand)?.value !== '(';
  if (!bare) return [fixer.insertTextBefore(operand, 'yield* ')];
  return [fixer.insertTextBefore(operand, '(yield* '), fixer.insertTextAfter(operand, ')')];
}

/** The call as messages name it. */
function shown(call: Call, sourceCode: SourceCode): string {
  const callee = sourceCode.getText(call.callee).replaceAll(/\s+/g, ' ');
  return `${callee}(${call.arguments.length > 0 ? '…' : ''})`;
}

/** Follows the value of a call outwards; null if it is used by something. */
function fateOf(call: Call): Fate | null {
  let operand: Rule.Node = call;
  let optional = false;
  while (operand.parent !== null && isWrapper(operand.parent)) {
    operand = operand.parent;
    optional ||= operand.type === 'ChainExpression';
  }
  for (let node: Rule.Node = operand; node.parent !== null; node = node.parent) {
    const { parent } = node;
    const alone = node === operand;
    if (drops(parent, node)) return { operand, yielded: null, optional, alone };
    if (parent.type === 'YieldExpression')
      return parent.delegate ? null : { operand, yielded: parent, optional, alone };
    if (!passesOn(parent, node)) return null;
  }
  return null;
}

/** True where the value of `child` goes no further. */
function drops(parent: Rule.Node, child: Rule.Node): boolean {
  switch (parent.type) {
    case 'ExpressionStatement':
      return true;
    case 'SequenceExpression':
      return parent.expressions.at(-1) !== child;
    case 'ForStatement':
      return parent.init === child || parent.update === child;
    default:
      return false;
  }
}

/** True where the value of `child` is, or may be, the value of `parent`. */
function passesOn(parent: Rule.Node, child: Rule.Node): boolean {
  switch (parent.type) {
    case 'SequenceExpression':
      return true;
    case 'LogicalExpression':
      return parent.right === child;
    case 'ConditionalExpression':
      return parent.test !== child;
    default:
      return isWrapper(parent);
  }
}

const functionTypes = new Set<string>(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const fieldTypes = new Set<string>(['PropertyDefinition', 'AccessorProperty']);
const blockTypes = new Set<string>(['StaticBlock', 'TSModuleBlock']);

/** The innermost function decides, but its parameters can neither `yield` nor `await`. */
function placeOf(node: Rule.Node): Place {
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

function isFunction(
  node: Syntax,
): node is Of<'FunctionDeclaration'> | Of<'FunctionExpression'> | Of<'ArrowFunctionExpression'> {
  return functionTypes.has(node.type);
}

function isField(node: Syntax): node is Of<'PropertyDefinition'> {
  return fieldTypes.has(node.type);
}

const wrapperTypes = new Set<string>([
  'ChainExpression',
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSInstantiationExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
]);

/** True for what stands around an expression and gives its value unchanged. TypeScript's are not among ESTree's nodes. */
function isWrapper(node: Syntax): node is Of<'ChainExpression'> {
  return wrapperTypes.has(node.type);
}

function unwrapped(node: Syntax): Syntax {
  let inner = node;
  while (isWrapper(inner)) inner = inner.expression;
  return inner;
}

/** What the names in one file mean. */
class Names {
  /** False if the file imports nothing of greenhub. */
  readonly any: boolean;
  private readonly sourceCode: SourceCode;

  constructor(sourceCode: SourceCode) {
    this.sourceCode = sourceCode;
    this.any = sourceCode.ast.body.some((statement) => statement.type === 'ImportDeclaration' && isOurs(statement));
  }

  /** What a call does by itself; null if it is none that is known to give an operation. */
  effectOf(call: Call): Effect | null {
    const exported = this.exportOf(call.callee);
    if (exported !== null) return functions.get(exported) ?? null;
    const callee = unwrapped(call.callee);
    const method = callee.type === 'MemberExpression' ? propertyOf(callee) : null;
    if (callee.type !== 'MemberExpression' || method === null) return null;
    const className = this.classOf(callee.object);
    return className === null ? null : (classes.get(className)?.get(method) ?? null);
  }

  /** Under what name greenhub exports the value of an expression. */
  private exportOf(expression: Syntax): string | null {
    const node = unwrapped(expression);
    if (node.type === 'Identifier') {
      const specifier = this.importOf(node);
      return specifier?.type === 'ImportSpecifier' ? nameOf(specifier.imported) : null;
    }
    if (node.type !== 'MemberExpression') return null;
    const object = unwrapped(node.object);
    const namespace = object.type === 'Identifier' ? this.importOf(object) : null;
    return namespace?.type === 'ImportNamespaceSpecifier' ? propertyOf(node) : null;
  }

  private importOf(identifier: Of<'Identifier'>): Syntax | null {
    const [definition] = this.variableOf(identifier)?.defs ?? [];
    return definition?.type === 'ImportBinding' && isOurs(definition.parent) ? definition.node : null;
  }

  /** Of what class an object is. */
  private classOf(expression: Syntax): string | null {
    const node = unwrapped(expression);
    if (node.type !== 'Identifier') return this.classMadeBy(node);
    const variable = this.variableOf(node);
    const made = new Set(variable === null ? [] : valuesOf(variable).map((value) => this.classMadeBy(value)));
    const [className = null] = made;
    return made.size === 1 ? className : null;
  }

  private classMadeBy(expression: Syntax | null): string | null {
    if (expression === null) return null;
    const node = unwrapped(expression);
    if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return null;
    const exported = this.exportOf(node.callee);
    if (exported === null) return null;
    if (node.type === 'CallExpression') return makers.get(exported) ?? null;
    return classes.has(exported) ? exported : null;
  }

  private variableOf(identifier: Of<'Identifier'>): Scope.Variable | null {
    for (let scope: Scope.Scope | null = this.sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
      const variable = scope.set.get(identifier.name);
      if (variable !== undefined) return variable;
    }
    return null;
  }
}

/** Everything that a variable is set to; null for what is not an expression of its own, such as a part of an object. */
function valuesOf(variable: Scope.Variable): (Syntax | null)[] {
  const [definition, ...others] = variable.defs;
  if (definition?.type !== 'Variable' || others.length > 0) return [];
  return variable.references
    .filter((reference) => reference.isWrite())
    .map(({ identifier, writeExpr }) => {
      const { parent } = identifier as Rule.Node;
      const declared = parent?.type === 'VariableDeclarator' && parent.init === writeExpr;
      const assigned = parent?.type === 'AssignmentExpression' && parent.operator === '=';
      return declared || assigned ? writeExpr : null;
    });
}

function isOurs(declaration: Of<'ImportDeclaration'>): boolean {
  return modules.has(String(declaration.source.value));
}

/** The name of a property, if it is written down: `a.b`, `a['b']`. */
function propertyOf(member: Of<'MemberExpression'>): string | null {
  const { property, computed } = member;
  if (computed) return property.type === 'Literal' ? String(property.value) : null;
  return property.type === 'Identifier' ? property.name : null;
}

function nameOf(exported: Of<'Identifier'> | Of<'Literal'>): string {
  return exported.type === 'Identifier' ? exported.name : String(exported.value);
}
