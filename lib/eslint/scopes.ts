/** Facts about variables, from the scopes of a file. */
import type { Rule, Scope, SourceCode } from 'eslint';
import type { Of, Syntax } from './syntax.ts';
import { parentOf } from './syntax.ts';

export function variableOf(sourceCode: SourceCode, identifier: Of<'Identifier'>): Scope.Variable | null {
  for (let scope: Scope.Scope | null = sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(identifier.name);
    if (variable !== undefined) return variable;
  }
  return null;
}

/** True if the file itself does not declare the name. */
export function isGlobal(sourceCode: SourceCode, identifier: Of<'Identifier'>): boolean {
  const variable = variableOf(sourceCode, identifier);
  return variable === null || variable.defs.length === 0;
}

/** All values of a variable; null for a value without its own expression, such as a destructured one. */
export function valuesOf(variable: Scope.Variable): (Syntax | null)[] {
  const [definition, ...others] = variable.defs;
  if (definition?.type !== 'Variable' || others.length > 0) return [];
  return variable.references
    .filter((reference) => reference.isWrite())
    .map(({ identifier, writeExpr }) => {
      const { parent } = identifier as Rule.Node;
      const declared = parent?.type === 'VariableDeclarator' && parent.init === writeExpr;
      const assigned = parent?.type === 'AssignmentExpression' && parent.operator === '=';
      return declared || assigned ? (writeExpr as Syntax) : null;
    });
}

/** The only value that a variable ever has, if it is an expression. */
export function onlyValueOf(variable: Scope.Variable): Syntax | null {
  const [value = null, ...others] = valuesOf(variable);
  return others.length === 0 ? value : null;
}

/** True if nothing reads the variable. A name that begins with `_` means that this is intended. */
export function isNeverRead(variable: Scope.Variable): boolean {
  const [definition, ...others] = variable.defs;
  if (definition?.type !== 'Variable' || others.length > 0 || variable.scope.type === 'global') return false;
  if ((variable as { eslintUsed?: boolean }).eslintUsed === true) return false;
  const { parent: declaration } = definition;
  if (parentOf(declaration)?.type.startsWith('Export') === true || isInNamespace(declaration)) return false;
  // `using x = operation` is a mistake under any name: the object to dispose of does not exist yet.
  if (variable.name.startsWith('_') && !declaration.kind.endsWith('using')) return false;
  return !variable.references.some((reference) => reference.isRead());
}

/** TypeScript's `declare` blocks and namespaces have their own visibility rules. */
function isInNamespace(declaration: Syntax): boolean {
  return (parentOf(declaration)?.type as string | undefined) === 'TSModuleBlock';
}
