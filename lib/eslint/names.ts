/**
 * Finds what the names of a file mean, from its imports and declarations, without types. It returns only what is
 * certain.
 */
import type { Scope, SourceCode } from 'eslint';
import { Definitions } from './definitions.ts';
import { Imports } from './imports.ts';
import type { Made } from './made.ts';
import { isGlobal, onlyValueOf, valuesOf, variableOf } from './scopes.ts';
import {
  type Call,
  type FunctionNode,
  isFunction,
  isGenerator,
  type Of,
  parentOf,
  propertyOf,
  type Syntax,
  unwrapped,
} from './syntax.ts';
import { classes, functions, givers, handlers, makers, parts } from './vocabulary.ts';

export class Names {
  private readonly sourceCode: SourceCode;
  private readonly imports: Imports;
  private readonly definitions: Definitions;
  /** What calls of the file's functions make; null during the search. */
  private readonly known = new Map<FunctionNode, Made | null>();
  /** The variables in the current search, because a variable may refer to itself. */
  private readonly open = new Set<Scope.Variable>();

  constructor(sourceCode: SourceCode) {
    this.sourceCode = sourceCode;
    this.imports = new Imports(sourceCode);
    this.definitions = new Definitions(sourceCode);
  }

  /** Returns what an expression makes; null if that is unknown or need not be run. */
  madeBy(expression: Syntax): Made | null {
    const node = unwrapped(expression);
    switch (node.type) {
      case 'CallExpression':
        return this.madeByCall(node as Call);
      case 'NewExpression':
        return this.isGlobalNamed(node.callee, 'Promise') ? { kind: 'promise' } : null;
      case 'ImportExpression':
        return { kind: 'promise' };
      case 'Identifier': {
        const variable = variableOf(this.sourceCode, node);
        const value = variable === null ? null : onlyValueOf(variable);
        return variable === null || value === null ? null : this.within(variable, () => this.madeBy(value));
      }
      default:
        return null;
    }
  }

  private madeByCall(call: Call): Made | null {
    const exported = this.imports.exportOf(call.callee);
    if (exported !== null) {
      const effect = functions.get(exported);
      return effect === undefined ? null : { kind: 'operation', effect };
    }
    const fn = this.definitions.functionOf(call.callee) ?? this.remoteFunction(call.callee);
    if (fn !== null) return this.madeByFunction(fn);
    if (this.givesPromise(call)) return { kind: 'promise' };
    const callee = unwrapped(call.callee);
    const method = callee.type === 'MemberExpression' ? propertyOf(callee) : null;
    if (callee.type !== 'MemberExpression' || method === null) return null;
    const className = this.classOf(callee.object);
    const effect = className === null ? undefined : classes.get(className)?.get(method);
    return effect === undefined ? null : { kind: 'operation', effect };
  }

  /** The function of `const square = remote(url, 'square', function* (n) { … })`. */
  private remoteFunction(callee: Syntax): FunctionNode | null {
    const node = unwrapped(callee);
    const variable = node.type === 'Identifier' ? variableOf(this.sourceCode, node) : null;
    const value = variable === null ? null : onlyValueOf(variable);
    if (value?.type !== 'CallExpression' || this.imports.exportOf(value.callee) !== 'process.remote') return null;
    const fn = value.arguments[2];
    return fn !== undefined && isFunction(fn) ? fn : null;
  }

  private madeByFunction(fn: FunctionNode): Made | null {
    const known = this.known.get(fn);
    if (known !== undefined) return known;
    this.known.set(fn, null);
    const made = this.findMadeByFunction(fn);
    this.known.set(fn, made);
    return made;
  }

  private findMadeByFunction(fn: FunctionNode): Made | null {
    if (isGenerator(fn)) return { kind: this.runsOperations(fn.body) ? 'coroutine' : 'generator' };
    if (fn.async) return fn.generator ? null : { kind: 'promise' };
    // Skip functions with other statements: the program may call them for their side effects.
    const result = onlyResultOf(fn);
    return result === null ? null : this.madeBy(result);
  }

  /**
   * True if the body of a generator function contains `yield*` of something that waits. Nested functions do not count.
   */
  private runsOperations(node: Syntax): boolean {
    if (node.type === 'YieldExpression' && node.delegate && node.argument) {
      const made = this.madeBy(node.argument);
      if (made !== null && made.kind !== 'generator') return true;
    }
    for (const key of this.sourceCode.visitorKeys[node.type] ?? []) {
      const child = (node as unknown as Record<string, Syntax | (Syntax | null)[] | null | undefined>)[key];
      for (const inner of Array.isArray(child) ? child : [child]) {
        if (inner && !isFunction(inner) && this.runsOperations(inner)) return true;
      }
    }
    return false;
  }

  private givesPromise(call: Call): boolean {
    const callee = unwrapped(call.callee);
    if (callee.type === 'Identifier') return this.isGlobalNamed(callee, 'fetch');
    if (callee.type !== 'MemberExpression') return false;
    if (this.isGlobalNamed(callee.object, 'Promise')) return propertyOf(callee) !== 'withResolvers';
    const isLink = ['then', 'catch', 'finally'].includes(propertyOf(callee) ?? '');
    return isLink && this.madeBy(callee.object)?.kind === 'promise';
  }

  /** The class of an object. */
  private classOf(expression: Syntax): string | null {
    const node = unwrapped(expression);
    if (node.type === 'MemberExpression') {
      const value = this.definitions.memberOf(node);
      if (value !== null) return isFunction(value) ? null : this.classMadeBy(value);
      const owner = this.classOf(node.object);
      return owner === null ? null : (parts.get(`${owner}.${propertyOf(node)}`) ?? null);
    }
    if (node.type !== 'Identifier') return this.classMadeBy(node);
    const variable = variableOf(this.sourceCode, node);
    if (variable === null) return null;
    if (variable.defs[0]?.type === 'Parameter') return this.classOfParameter(variable);
    return this.within(variable, () => {
      const made = new Set(valuesOf(variable).map((value) => this.classMadeBy(value)));
      const [className = null] = made;
      return made.size === 1 ? className : null;
    });
  }

  private classMadeBy(expression: Syntax | null): string | null {
    if (expression === null) return null;
    const node = unwrapped(expression);
    const isRun = node.type === 'AwaitExpression' || (node.type === 'YieldExpression' && node.delegate);
    if (isRun) return this.classGivenBy(node.argument);
    if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return null;
    const exported = this.imports.exportOf(node.callee);
    if (node.type === 'CallExpression') return makers.get(exported ?? this.methodOf(node.callee) ?? '') ?? null;
    return exported !== null && classes.has(exported) ? exported : null;
  }

  /** A method and its class: `process.Manager.dict`. */
  private methodOf(callee: Syntax): string | null {
    const node = unwrapped(callee);
    if (node.type !== 'MemberExpression') return null;
    const className = this.classOf(node.object);
    return className === null ? null : `${className}.${propertyOf(node)}`;
  }

  private classGivenBy(operation: Syntax | null | undefined): string | null {
    const node = operation ? unwrapped(operation) : null;
    if (node?.type !== 'CallExpression') return null;
    return givers.get(this.imports.exportOf(node.callee) ?? '') ?? null;
  }

  /** Uses the type of the parameter, or the call that gets the function: `createServer(function* (socket) { … })`. */
  private classOfParameter(variable: Scope.Variable): string | null {
    const [definition, ...others] = variable.defs;
    const isWritten = variable.references.some((reference) => reference.isWrite());
    if (definition?.type !== 'Parameter' || others.length > 0 || isWritten) return null;
    const annotated = this.classAnnotated(definition.name);
    if (annotated !== null) return annotated;
    const fn = definition.node as Syntax;
    const taker = parentOf(fn);
    if (!isFunction(fn) || (taker?.type !== 'CallExpression' && taker?.type !== 'NewExpression')) return null;
    if (!taker.arguments.includes(fn as Of<'FunctionExpression'>)) return null;
    const position = fn.params.indexOf(definition.name);
    return handlers.get(this.imports.exportOf(taker.callee) ?? '')?.[position] ?? null;
  }

  private classAnnotated(parameter: Syntax): string | null {
    const { typeAnnotation } = parameter as {
      typeAnnotation?: { typeAnnotation?: { type: string; typeName?: TypeName } };
    };
    const type = typeAnnotation?.typeAnnotation;
    if (type?.type !== 'TSTypeReference' || type.typeName === undefined) return null;
    const { typeName } = type;
    const exported =
      typeName.type === 'TSQualifiedName'
        ? this.imports.memberOf(typeName.left, typeName.right.name)
        : this.imports.exportOf(typeName);
    return exported !== null && classes.has(exported) ? exported : null;
  }

  private isGlobalNamed(node: Syntax, name: string): boolean {
    return node.type === 'Identifier' && node.name === name && isGlobal(this.sourceCode, node);
  }

  /** Runs `look`, but returns null if it is already looking at this variable, which may refer to itself. */
  private within<T>(variable: Scope.Variable, look: () => T | null): T | null {
    if (this.open.has(variable)) return null;
    this.open.add(variable);
    try {
      return look();
    } finally {
      this.open.delete(variable);
    }
  }
}

/** `Queue` or `mp.Queue`. TypeScript's nodes are not among ESTree's. */
type TypeName =
  | Of<'Identifier'>
  | { readonly type: 'TSQualifiedName'; readonly left: Syntax; readonly right: Of<'Identifier'> };

/** The expression that a function returns, if it does nothing else. */
function onlyResultOf(fn: FunctionNode): Syntax | null {
  if (fn.body.type !== 'BlockStatement') return fn.body;
  const [first, ...others] = fn.body.body;
  return first?.type === 'ReturnStatement' && others.length === 0 ? (first.argument ?? null) : null;
}
