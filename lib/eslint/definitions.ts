/**
 * Finds the function of the file that a call is for: a function, `this.method`, a method of an object or class of the
 * file.
 */
import type { Scope, SourceCode } from 'eslint';
import { onlyValueOf, variableOf } from './scopes.ts';
import {
  type ClassNode,
  type FunctionNode,
  isClass,
  isField,
  isFunction,
  keyName,
  type Of,
  parentOf,
  propertyOf,
  type Syntax,
  unwrapped,
} from './syntax.ts';

/** The owner of the methods: the instances of a class, the class itself, or an object. */
type Holder = { readonly class: ClassNode; readonly isStatic: boolean } | { readonly object: Of<'ObjectExpression'> };

export class Definitions {
  private readonly sourceCode: SourceCode;

  constructor(sourceCode: SourceCode) {
    this.sourceCode = sourceCode;
  }

  /** The function that `callee(…)` calls; null if the file does not tell. */
  functionOf(callee: Syntax): FunctionNode | null {
    const node = unwrapped(callee);
    if (node.type === 'MemberExpression') return this.methodOf(node);
    const value = this.valueOf(node);
    return value !== null && isFunction(value) ? value : null;
  }

  /** The initial value of a member of an object or class of the file. */
  memberOf(member: Of<'MemberExpression'>): Syntax | null {
    const name = propertyOf(member);
    const holder = name === null ? null : this.holderOf(unwrapped(member.object), name);
    return name === null || holder === null ? null : this.find(holder, name);
  }

  private methodOf(member: Of<'MemberExpression'>): FunctionNode | null {
    const name = propertyOf(member);
    if (name === 'call' || name === 'apply') return this.functionOf(member.object);
    const value = this.memberOf(member);
    return value !== null && isFunction(value) ? value : null;
  }

  /** The value of a name, if the file declares it and never changes it. */
  private valueOf(node: Syntax): Syntax | null {
    if (node.type !== 'Identifier') return node;
    const variable = variableOf(this.sourceCode, node);
    if (variable === null) return null;
    const declared = declarationOf(variable);
    if (declared !== null) return declared;
    const value = onlyValueOf(variable);
    return value === null ? null : unwrapped(value);
  }

  private holderOf(object: Syntax, name: string): Holder | null {
    if (object.type === 'ThisExpression') return holderOfThis(object);
    if (object.type === 'Super') return this.superOf(holderOfThis(object));
    if (object.type === 'Identifier' && this.isReplaced(object, name)) return null;
    const value = this.valueOf(object);
    if (value === null) return null;
    if (value.type === 'ObjectExpression') return { object: value };
    if (isClass(value)) return { class: value, isStatic: true };
    if (value.type !== 'NewExpression') return null;
    const made = this.valueOf(unwrapped(value.callee));
    return made !== null && isClass(made) ? { class: made, isStatic: false } : null;
  }

  private superOf(holder: Holder | null): Holder | null {
    if (holder === null || !('class' in holder) || !holder.class.superClass) return null;
    const above = this.valueOf(unwrapped(holder.class.superClass));
    return above !== null && isClass(above) && above !== holder.class ? { ...holder, class: above } : null;
  }

  /** True if the file assigns the property: `object.name = …`. */
  private isReplaced(object: Of<'Identifier'>, name: string): boolean {
    const references = variableOf(this.sourceCode, object)?.references ?? [];
    return references.some(({ identifier }) => {
      const member = parentOf(identifier as Syntax);
      if (member?.type !== 'MemberExpression' || member.object !== identifier || propertyOf(member) !== name)
        return false;
      return member.parent.type === 'AssignmentExpression' && member.parent.left === member;
    });
  }

  private find(holder: Holder, name: string): Syntax | null {
    const found = 'object' in holder ? inObject(holder.object, name) : inClass(holder.class, name, holder.isStatic);
    const [value = null, ...others] = found;
    if (others.length > 0) return null;
    if (value !== null || 'object' in holder) return value;
    const above = this.superOf(holder);
    return above === null ? null : this.find(above, name);
  }
}

/** The function or class that a name is declared as. */
function declarationOf(variable: Scope.Variable): Syntax | null {
  const [definition, ...others] = variable.defs.filter(({ node }) => (node.type as string) !== 'TSDeclareFunction');
  if (definition === undefined || others.length > 0) return null;
  if (definition.type !== 'FunctionName' && definition.type !== 'ClassName') return null;
  return variable.references.some((reference) => reference.isWrite()) ? null : definition.node;
}

function holderOfThis(node: Syntax): Holder | null {
  for (let inner = node, outer = parentOf(node); outer !== null; inner = outer, outer = outer.parent) {
    const isOwner = isFunction(outer) && outer.type !== 'ArrowFunctionExpression';
    const declared = isOwner ? parentOf(outer) : isField(outer) && outer.value === inner ? outer : null;
    if (declared !== null) return holderDeclaring(declared);
    if (isOwner) return null;
    if (outer.type === 'StaticBlock') return classHolder(outer, true);
  }
  return null;
}

function holderDeclaring(declared: Syntax): Holder | null {
  if (declared.type === 'MethodDefinition' || isField(declared)) return classHolder(declared, declared.static);
  if (declared.type !== 'Property') return null;
  const object = parentOf(declared);
  return object?.type === 'ObjectExpression' ? { object } : null;
}

function classHolder(member: Syntax, isStatic: boolean): Holder | null {
  const body = parentOf(member);
  const declaration = body === null ? null : parentOf(body);
  return declaration !== null && isClass(declaration) ? { class: declaration, isStatic } : null;
}

function inClass(declaration: ClassNode, name: string, isStatic: boolean): (Syntax | null)[] {
  const found: (Syntax | null)[] = [];
  for (const member of declaration.body.body) {
    // TypeScript's index signatures have no key.
    if (!('key' in member) || member.static !== isStatic || member.computed || keyName(member.key) !== name) continue;
    if (isSignature(member)) continue;
    // An accessor may give anything.
    const isAccessor = member.type === 'MethodDefinition' && member.kind !== 'method';
    found.push(isAccessor || !member.value ? null : unwrapped(member.value));
  }
  return found;
}

/** True for a TypeScript overload without a body, or an abstract method. */
function isSignature(member: Syntax): boolean {
  return member.type === 'MethodDefinition' && !(member.value as { body?: Syntax | null }).body;
}

function inObject(object: Of<'ObjectExpression'>, name: string): (Syntax | null)[] {
  const found: (Syntax | null)[] = [];
  for (const property of object.properties) {
    // The object that is spread may have the name too.
    if (property.type === 'SpreadElement') found.push(null, null);
    else if (!property.computed && keyName(property.key) === name) {
      found.push(property.kind === 'init' ? unwrapped(property.value as Syntax) : null);
    }
  }
  return found;
}
