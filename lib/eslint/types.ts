/**
 * Asks TypeScript's checker, if the parser is typescript-eslint's and has type information. We reach the compiler
 * through the parser's services, without importing it, and declare here the few parts that we use.
 */
import type { SourceCode } from 'eslint';
import type { Made } from './made.ts';
import { type Call, type FunctionNode, parentOf, propertyOf, type Syntax, unwrapped } from './syntax.ts';
import { classes, type Effect, functions } from './vocabulary.ts';

/** A node of TypeScript's syntax tree. */
interface TsNode {
  readonly asteriskToken?: unknown;
  readonly modifiers?: readonly unknown[];
  getSourceFile(): object;
}
interface TsSymbol {
  readonly name: string;
  readonly escapedName: string;
  readonly declarations?: readonly TsNode[];
}
interface TsType {
  readonly symbol?: TsSymbol;
  readonly intrinsicName?: string;
  readonly target?: unknown;
  readonly types?: readonly TsType[];
  isUnion(): boolean;
  isClassOrInterface(): boolean;
  getProperties(): readonly TsSymbol[];
  getCallSignatures(): readonly TsSignature[];
  getBaseTypes(): readonly TsType[] | undefined;
}
interface TsSignature {
  readonly declaration?: TsNode;
  readonly parameters: readonly TsSymbol[];
  getReturnType(): TsType;
}
interface Checker {
  getTypeArguments(type: TsType): readonly TsType[];
  getTypeOfSymbolAtLocation(symbol: TsSymbol, node: TsNode): TsType;
  getResolvedSignature(call: TsNode): TsSignature | undefined;
  getContextualType(expression: TsNode): TsType | undefined;
  getApparentType(type: TsType): TsType;
}
interface Services {
  readonly program?: { getTypeChecker(): Checker; isSourceFileDefaultLibrary(file: object): boolean } | null;
  readonly esTreeNodeToTSNodeMap: { get(node: Syntax): TsNode };
  getTypeAtLocation(node: Syntax): TsType;
  getSymbolAtLocation(node: Syntax): TsSymbol | undefined;
}

export class Types {
  private readonly services: Services;
  private readonly program: NonNullable<Services['program']>;
  private readonly checker: Checker;

  private constructor(services: Services, program: NonNullable<Services['program']>) {
    this.services = services;
    this.program = program;
    this.checker = program.getTypeChecker();
  }

  /** Returns null if there is no type information. */
  static of(sourceCode: SourceCode): Types | null {
    const services = sourceCode.parserServices as Partial<Services> | undefined;
    return services?.program ? new Types(services as Services, services.program) : null;
  }

  /** Returns what an expression makes; null if it need not be run. */
  madeBy(expression: Syntax): Made | null {
    const type = this.typeOf(expression);
    const parts = this.partsOf(type);
    const made = parts.filter((part) => !isNothing(part)).map((part) => this.madeOfType(part, expression));
    const [first = null] = made;
    if (first === null || made.some((other) => other?.kind !== first.kind)) return null;
    return { ...first, optional: made.length < parts.length };
  }

  /** Whether the caller of a function ignores its result; null if its type does not tell. */
  ignoresResultOf(fn: FunctionNode): boolean | null {
    const expected = this.typesExpectedOf(fn);
    const results = expected.flatMap((type) => type.getCallSignatures().map((signature) => signature.getReturnType()));
    return results.length === 0 ? null : results.every((type) => type.intrinsicName === 'void');
  }

  /** For an argument, the parameter types of all overloads, because any of them may wait for the result. */
  private typesExpectedOf(fn: FunctionNode): TsType[] {
    const call = parentOf(fn);
    if (call?.type === 'CallExpression' || call?.type === 'NewExpression') {
      const position = call.arguments.indexOf(fn as (typeof call.arguments)[number]);
      const overloads = call.type === 'CallExpression' ? this.typeOf(call.callee).getCallSignatures() : [];
      const node = this.services.esTreeNodeToTSNodeMap.get(call);
      if (position >= 0 && overloads.length > 1) {
        const taken = overloads.flatMap(({ parameters }) => {
          const parameter = parameters[position];
          return parameter === undefined ? [] : this.partsOf(this.checker.getTypeOfSymbolAtLocation(parameter, node));
        });
        return taken;
      }
    }
    const contextual = this.checker.getContextualType(this.services.esTreeNodeToTSNodeMap.get(fn));
    return contextual === undefined ? [] : this.partsOf(contextual);
  }

  private madeOfType(type: TsType, expression: Syntax): Made | null {
    const name = type.symbol?.name;
    if (name === 'Promise' && this.isBuiltIn(type)) return { kind: 'promise' };
    if (!this.yieldsSuspend(type)) return this.isMadeByStar(expression) ? { kind: 'generator' } : null;
    if (name === 'Generator') return { kind: 'coroutine' };
    const effect = this.effectOf(expression) ?? (name === 'Operation' ? 'waits' : null);
    return effect === null ? null : { kind: 'operation', effect };
  }

  /** Looks up the names of the function or method and its class. */
  private effectOf(expression: Syntax): Effect | null {
    const call = unwrapped(expression);
    if (call.type !== 'CallExpression') return null;
    const callee = unwrapped(call.callee);
    if (callee.type !== 'MemberExpression')
      return functions.get(this.services.getSymbolAtLocation(callee)?.name ?? '') ?? null;
    const method = propertyOf(callee) ?? '';
    const owners = this.lineOf(this.checker.getApparentType(this.typeOf(callee.object)));
    for (const owner of owners) {
      for (const prefix of ['', 'process.', 'net.', 'tls.', 'http.', 'dgram.', 'child_process.']) {
        const effect = classes.get(prefix + (owner.symbol?.name ?? ''))?.get(method);
        if (effect !== undefined) return effect;
      }
    }
    return functions.get(method) ?? null;
  }

  /** A type and all its base types. */
  private lineOf(type: TsType): TsType[] {
    const declared = (type.target as TsType | undefined) ?? type;
    const bases = declared.isClassOrInterface() ? (declared.getBaseTypes() ?? []) : [];
    return [type, ...bases.flatMap((base) => this.lineOf(base))];
  }

  /** True if iterating over it gives `Suspend`, which only the trampoline understands. */
  private yieldsSuspend(type: TsType): boolean {
    const iterate = type.getProperties().find((property) => property.escapedName.startsWith('__@iterator'));
    const declaration = iterate?.declarations?.[0];
    if (iterate === undefined || declaration === undefined) return false;
    const [signature] = this.checker.getTypeOfSymbolAtLocation(iterate, declaration).getCallSignatures();
    const iterator = signature?.getReturnType();
    if (iterator?.target === undefined) return false;
    const [item] = this.checker.getTypeArguments(iterator);
    return (
      item?.symbol?.name === 'Suspend' &&
      item.getProperties().some(({ escapedName }) => /^__@suspend@/.test(escapedName))
    );
  }

  /** True for a call of a `function*`, even if it is declared in another file. */
  private isMadeByStar(expression: Syntax): boolean {
    const call = unwrapped(expression);
    if (call.type !== 'CallExpression') return false;
    const signature = this.checker.getResolvedSignature(this.services.esTreeNodeToTSNodeMap.get(call as Call));
    return (
      signature?.declaration?.asteriskToken !== undefined && signature.getReturnType().symbol?.name === 'Generator'
    );
  }

  private isBuiltIn(type: TsType): boolean {
    const files = type.symbol?.declarations?.map((declaration) => declaration.getSourceFile()) ?? [];
    return files.some((file) => this.program.isSourceFileDefaultLibrary(file));
  }

  private typeOf(node: Syntax): TsType {
    return this.services.getTypeAtLocation(node);
  }

  private partsOf(type: TsType): TsType[] {
    return [...(type.isUnion() ? (type.types ?? []) : [type])];
  }
}

function isNothing(type: TsType): boolean {
  return type.intrinsicName === 'undefined' || type.intrinsicName === 'null' || type.intrinsicName === 'void';
}
