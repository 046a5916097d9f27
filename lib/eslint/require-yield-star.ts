/**
 * The rule `greenhub/require-yield-star`. An operation does nothing until it is run, and neither does the generator of
 * a `function*`. So it reports a statement that only makes one, `yield` instead of `yield*`, and an iteration over an
 * operation or a promise.
 *
 * It asks three questions about a call: Does it make something that must be run (`Names`, and `Types` if available)?
 * Does anything use that (`fateOf`)? How can the code wait at this place (`placeOf`)?
 */
import type { Rule, SourceCode } from 'eslint';
import { type Fate, fateOf } from './fate.ts';
import type { Made } from './made.ts';
import { Names } from './names.ts';
import { type Place, placeOf } from './place.ts';
import { type Call, isWrapper, parentOf, type Syntax, unwrapped } from './syntax.ts';
import { Types } from './types.ts';

const nobodyRuns = '{{call}} makes {{article}} {{made}} that is never run, so it does nothing.';
const noItems = '{{call}} must be waited for and has no items to iterate over.';

export const requireYieldStar: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: {
      description: 'require `yield*` or `await` before operations and generators of greenhub',
      recommended: true,
    },
    fixable: 'code',
    schema: [],
    messages: {
      writeYieldStar: `${nobodyRuns} In a generator function, write 'yield* {{call}}'.`,
      writeAwait: `${nobodyRuns} Outside greenlets, write 'await {{call}}'.`,
      cannotWait: `${nobodyRuns} You cannot wait here: write 'yield* {{call}}' in a function*, or 'await {{call}}' in an async function.`,
      startGreenlet: `${nobodyRuns} Start a greenlet with 'spawn(() => {{call}})', or write 'yield* {{call}}' in a function*.`,
      addStar: `'yield' without a star does not run the {{made}} that {{call}} makes. Write 'yield* {{call}}'.`,
      iterateResult: `${noItems} Iterate over its result: '{{result}}'.`,
    },
  },

  create(context) {
    const { sourceCode } = context;
    const types = Types.of(sourceCode);
    const names = new Names(sourceCode);
    const madeBy = (expression: Syntax): Made | null => names.madeBy(expression) ?? types?.madeBy(expression) ?? null;

    function checkIterated(expression: Syntax): void {
      const made = madeBy(expression);
      if (made === null || made.kind === 'generator') return;
      const place = placeOf(expression as Rule.Node);
      context.report({
        node: expression,
        messageId: 'iterateResult',
        data: { call: shown(expression, sourceCode), result: resultOf(expression, made, place, sourceCode) },
        fix: (fixer) => fixOfIterated(expression, made, place, fixer),
      });
    }

    return {
      CallExpression(node) {
        const call = node as Call;
        const fate = fateOf(call, sourceCode, types);
        const made = fate === null ? null : madeBy(call);
        if (fate === null || made === null) return;
        const place = placeOf(fate.operand);
        if (!isMistake(made, fate, place)) return;
        context.report({
          node: call,
          messageId: messageFor(made, fate, place),
          data: { call: shown(call, sourceCode), ...nameOf(made) },
          fix: (fixer) => fixOf(made, fate, place, fixer, sourceCode),
        });
      },
      SpreadElement(node) {
        if (parentOf(node)?.type !== 'ObjectExpression') checkIterated(node.argument);
      },
      ForOfStatement(node) {
        if (!node.await) checkIterated(node.right);
      },
      VariableDeclarator(node) {
        if (node.id.type === 'ArrayPattern' && node.init) checkIterated(node.init);
      },
      AssignmentExpression(node) {
        if (node.left.type === 'ArrayPattern') checkIterated(node.right);
      },
    };
  },
};

function nameOf(made: Made): { article: string; made: string } {
  return made.kind === 'operation' ? { article: 'an', made: 'operation' } : { article: 'a', made: 'generator' };
}

function isMistake(made: Made, fate: Fate, place: Place): boolean {
  if (made.kind === 'promise') return false;
  if (made.kind !== 'operation') {
    // Outside greenlets, a generator may yield generators on purpose.
    return fate.yielded === null || (made.kind === 'coroutine' && place === 'greenlet');
  }
  if (fate.awaited) return false;
  // An async generator waits for what it yields.
  if (fate.yielded !== null) return place === 'greenlet';
  return made.effect === 'waits' || (made.effect === 'switches' && place === 'greenlet');
}

function messageFor(made: Made, fate: Fate, place: Place): string {
  if (fate.yielded !== null) return 'addStar';
  if (place === 'greenlet') return 'writeYieldStar';
  if (made.kind !== 'operation') return 'startGreenlet';
  return place === 'await' ? 'writeAwait' : 'cannotWait';
}

/** Gives no fix if the fixed program might throw, as `yield*` does if there is no operation. */
function fixOf(made: Made, fate: Fate, place: Place, fixer: Rule.RuleFixer, sourceCode: SourceCode): Rule.Fix[] | null {
  const { operand, yielded, optional, alone } = fate;
  if (place === 'nothing') return null;
  // `await` of a generator does not run it.
  if (place === 'await') return made.kind === 'operation' ? [fixer.insertTextBefore(operand, 'await ')] : null;
  if (optional || made.optional === true) return null;
  if (yielded !== null) return alone ? [fixer.insertTextAfter(sourceCode.getFirstToken(yielded)!, '*')] : null;
  const bare = operand.parent?.type === 'LogicalExpression' && sourceCode.getTokenBefore(operand)?.value !== '(';
  if (!bare) return [fixer.insertTextBefore(operand, 'yield* ')];
  return [fixer.insertTextBefore(operand, '(yield* '), fixer.insertTextAfter(operand, ')')];
}

/** The expression that gives the items. `yield*` of a promise needs the patch, so a promise gets `until()`. */
function resultOf(expression: Syntax, made: Made, place: Place, sourceCode: SourceCode): string {
  const text = shown(expression, sourceCode);
  if (made.kind === 'coroutine') return `yield* ${text}`;
  if (place === 'await') return `await ${text}`;
  return made.kind === 'promise' ? `yield* until(${text})` : `yield* ${text}`;
}

function fixOfIterated(expression: Syntax, made: Made, place: Place, fixer: Rule.RuleFixer): Rule.Fix | null {
  if (place === 'await' && made.kind !== 'coroutine' && isOperand(expression)) {
    return fixer.insertTextBefore(expression, 'await ');
  }
  const certain = made.kind !== 'promise' && made.optional !== true;
  return place === 'greenlet' && certain && !isWrapper(expression)
    ? fixer.insertTextBefore(expression, 'yield* ')
    : null;
}

/** True if `await` can precede it without parentheses. */
function isOperand(expression: Syntax): boolean {
  return ['CallExpression', 'NewExpression', 'Identifier', 'MemberExpression', 'ImportExpression'].includes(
    expression.type,
  );
}

/** How messages show an expression. */
function shown(expression: Syntax, sourceCode: SourceCode): string {
  const node = unwrapped(expression);
  if (node.type !== 'CallExpression') return textOf(node, sourceCode);
  return `${textOf(node.callee, sourceCode)}(${node.arguments.length > 0 ? '…' : ''})`;
}

function textOf(node: Syntax, sourceCode: SourceCode): string {
  return sourceCode.getText(node).replaceAll(/\s+/g, ' ');
}
