// Decides which members of classes and interfaces are public.

import { declarationIn } from './declaration-files.js';

/** @typedef {import('./declaration-files.js').DeclarationGraph} DeclarationGraph */
/** @typedef {import('./declaration-files.js').Statement} Statement */
/** @typedef {import('./declaration-files.js').Node} Node */

/** The inheritance of classes, and their members. */
export class Hierarchy {
  /** @type {Map<Statement, Statement>} */
  #bases = new Map();

  /** @param {DeclarationGraph} graph */
  constructor(graph) {
    for (const file of graph.files.values()) {
      for (const statement of file.statements) {
        const { superClass } = declarationIn(statement.node);
        const base = superClass && graph.named(file, superClass.name)?.statements[0];
        if (base) this.#bases.set(statement, base);
      }
    }
  }

  /**
   * True if no superclass has a member of that name, and no class of the family has a public one.
   *
   * @param {Statement} statement
   * @param {Node} member
   */
  isOnlyHiddenIn(statement, member) {
    for (let base = this.#bases.get(statement); base; base = this.#bases.get(base)) {
      if (namesakes(base, member).length > 0) return false;
    }
    return ![statement, ...this.#bases.keys()].some((other) => this.#isIn(other, statement) && shows(other, member));
  }

  /**
   * @param {Statement} other
   * @param {Statement} statement
   */
  #isIn(other, statement) {
    for (let ancestor = /** @type {Statement | undefined} */ (other); ancestor; ancestor = this.#bases.get(ancestor)) {
      if (ancestor === statement) return true;
    }
    return false;
  }
}

/**
 * @param {Statement} statement a class
 * @param {Node} member
 * @returns {Node[]}
 */
function namesakes({ node }, member) {
  return (membersOf(declarationIn(node)) ?? []).filter((other) => nameOf(other) === nameOf(member));
}

/**
 * Whether a class has a public member of that name.
 *
 * @param {Statement} statement
 * @param {Node} member
 */
export function shows(statement, member) {
  const members = membersOf(declarationIn(statement.node)) ?? [];
  return namesakes(statement, member).some((other) => !isHidden(other, members));
}

/** @param {Node} declaration @returns {Node[] | undefined} */
export function membersOf(declaration) {
  return /^(?:ClassDeclaration|TSInterfaceDeclaration)$/.test(declaration.type) ? declaration.body.body : undefined;
}

/** A static member and an instance member of the same name are different. @param {Node} member */
export function nameOf({ static: isStatic, key }) {
  return `${isStatic ? 'static ' : ''}${key?.name}`;
}

/**
 * @param {Node} member
 * @param {Node[]} members all of the same class
 */
export function isHidden(member, members) {
  if (member.accessibility === 'protected' || isInternal(member)) return true;
  if (member.kind !== 'set') return false;
  const getter = members.find((other) => other.kind === 'get' && nameOf(other) === nameOf(member));
  return getter !== undefined && isInternal(getter);
}

/** Whether the comment directly before it begins with the tag or has it on a separate line. @param {Node} node */
export function isInternal({ leadingComments }) {
  return /^\s*\*+\s*@internal\b/m.test(leadingComments?.at(-1)?.value ?? '');
}
