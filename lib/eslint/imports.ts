/** The name under which greenhub, or a module of Node that greenhub patches, exports the value of an expression. */
import type { Scope, SourceCode } from 'eslint';
import { isGlobal, variableOf } from './scopes.ts';
import { keyName, type Of, propertyOf, type Syntax, unwrapped } from './syntax.ts';
import { modules, nodeModules } from './vocabulary.ts';

/** A module and the name of one of its exports, or null for the whole module. */
interface Imported {
  /** The prefix of the module's names in the vocabulary: none for `greenhub`, `process.` for `greenhub/process`. */
  readonly prefix: string;
  readonly name: string | null;
}

export class Imports {
  private readonly sourceCode: SourceCode;

  constructor(sourceCode: SourceCode) {
    this.sourceCode = sourceCode;
  }

  /** The name of an export or of its member in the vocabulary: `sleep`, `process.Queue`, `process.Manager.start`. */
  exportOf(expression: Syntax): string | null {
    const node = unwrapped(expression);
    const imported = this.importOf(node);
    if (imported !== null) return imported.name === null ? null : imported.prefix + imported.name;
    if (node.type !== 'MemberExpression') return null;
    const property = propertyOf(node);
    return property === null ? null : this.memberOf(unwrapped(node.object), property);
  }

  /** The name of a member of a module, or of one of its exports. */
  memberOf(object: Syntax, property: string): string | null {
    const owner = this.importOf(object);
    if (owner?.name === null) return owner.prefix + property;
    const exported = this.exportOf(object);
    return exported === null ? null : `${exported}.${property}`;
  }

  private importOf(node: Syntax): Imported | null {
    if (node.type !== 'Identifier') return this.moduleOf(node);
    const variable = variableOf(this.sourceCode, node);
    const [definition, ...others] = variable?.defs ?? [];
    if (variable === null || definition === undefined || others.length > 0) return null;
    if (definition.type === 'ImportBinding') return importedBy(definition.node, definition.parent);
    return definition.type === 'Variable' ? this.destructured(node, variable, definition.node) : null;
  }

  /** For `const { sleep } = require('greenhub')` and `const g = await import('greenhub')`. */
  private destructured(
    identifier: Of<'Identifier'>,
    variable: Scope.Variable,
    declarator: Of<'VariableDeclarator'>,
  ): Imported | null {
    const writes = variable.references.filter((reference) => reference.isWrite());
    if (!declarator.init || writes.length > 1) return null;
    const module = this.moduleOf(unwrapped(declarator.init));
    if (module === null || declarator.id.type === 'Identifier') return module;
    if (declarator.id.type !== 'ObjectPattern') return null;
    for (const property of declarator.id.properties) {
      if (property.type !== 'Property' || property.value.type !== 'Identifier') continue;
      if (property.value.name !== identifier.name || property.computed) continue;
      return { prefix: module.prefix, name: keyName(property.key) };
    }
    return null;
  }

  /** For `require('greenhub')` and `await import('greenhub')`. */
  private moduleOf(node: Syntax): Imported | null {
    if (node.type === 'AwaitExpression') {
      const { argument } = node;
      return argument.type === 'ImportExpression' ? moduleNamed(argument.source) : null;
    }
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require')
      return null;
    const [source] = node.arguments;
    return source !== undefined && isGlobal(this.sourceCode, node.callee) ? moduleNamed(source) : null;
  }
}

function importedBy(specifier: Syntax, declaration: Of<'ImportDeclaration'>): Imported | null {
  const module = moduleNamed(declaration.source);
  if (module === null) return null;
  switch (specifier.type) {
    case 'ImportSpecifier':
      return { ...module, name: keyName(specifier.imported) };
    case 'ImportDefaultSpecifier':
      // Node's modules are their own default export; greenhub's modules have none.
      return modules.has(String(declaration.source.value)) ? null : module;
    default:
      return module;
  }
}

function moduleNamed(source: Syntax): Imported | null {
  if (source.type !== 'Literal') return null;
  const name = String(source.value);
  const prefix = modules.get(name);
  if (prefix !== undefined) return { prefix, name: null };
  const node = name.replace(/^node:/, '');
  return nodeModules.has(node) ? { prefix: `${node}.`, name: null } : null;
}
