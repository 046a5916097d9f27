import type { Call } from '../../greenlet/call.ts';
import type { Unwinding } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** The error of a scope that is not cancelled. */
const NOT_CANCELLED: unique symbol = Symbol('not cancelled');

/** Work that runs beside a greenlet (a request, a child process) and must end when the greenlet is cancelled. */
export interface Resource {
  /** The scope it belongs to; null if it belongs to none. */
  scope: CancelScope | null;
  release(reason: unknown): void;
}

/**
 * A part of a greenlet's run that can be cancelled as a whole, as in trio. `withTimeout()` creates a scope. `shield()` creates a
 * scope that hides the scopes around it. A kill cancels the greenlet's root scope, which is created when it is first needed. The
 * scopes of a greenlet form a chain, innermost first:
 *
 *     greenlet.scope ─▶ scope ─outer─▶ shield ─outer─▶ root ─outer─▶ null
 *
 * `cancellation.ts` explains how a cancelled scope raises its error.
 */
export class CancelScope implements Unwinding {
  error: unknown;
  /** Errors that are raised once (those of `Timeout` objects). */
  alarms: unknown[] | null;
  outer: CancelScope | null;
  /** The call in which the scope's body runs; null for a root scope, whose body is the greenlet's. */
  floor: Call<unknown> | null;
  /** How many times its error has been raised. */
  raises: number;
  readonly kind: 'root' | 'body' | 'shield';
  resources: Set<Resource> | null;

  constructor(kind: 'root' | 'body' | 'shield') {
    this.error = NOT_CANCELLED;
    this.alarms = null;
    this.outer = null;
    this.floor = null;
    this.raises = 0;
    this.kind = kind;
    this.resources = null;
  }

  get cancelled(): boolean {
    return this.error !== NOT_CANCELLED;
  }

  releaseResources(reason: unknown): void {
    const { resources } = this;
    this.resources = null;
    if (resources === null) return;
    for (const resource of resources) {
      resource.scope = null;
      resource.release(reason);
    }
  }

  addAlarm(error: unknown): void {
    this.alarms = (this.alarms ?? []).concat([error]);
  }

  /** Removes an alarm. Returns false if there is none for this error. */
  removeAlarm(error: unknown): boolean {
    const index = this.alarms === null ? -1 : this.alarms.indexOf(error);
    if (index < 0) return false;
    const left = (this.alarms as unknown[]).filter((_, at) => at !== index);
    this.alarms = left.length === 0 ? null : left;
    return true;
  }
}

/** The innermost scope that a greenlet is in. */
export function innermostScope(greenlet: RawGreenlet): CancelScope | null {
  return greenlet.scope as CancelScope | null;
}

/** The scope that stands for the whole greenlet. */
export function rootScope(greenlet: RawGreenlet): CancelScope {
  const outermost = outermostScope(greenlet);
  if (outermost?.kind === 'root') return outermost;
  const root = new CancelScope('root');
  if (outermost === null) greenlet.rare.scope = root;
  else outermost.outer = root;
  return root;
}

export function outermostScope(greenlet: RawGreenlet): CancelScope | null {
  let scope = innermostScope(greenlet);
  while (scope !== null && scope.outer !== null) scope = scope.outer;
  return scope;
}

/** Adds a resource to a scope. It is released when that is cancelled, or a scope around it that no shield hides. */
export function addResource(scope: CancelScope, resource: Resource): void {
  scope.resources ??= new Set();
  scope.resources.add(resource);
  resource.scope = scope;
}

/** Removes a resource from its scope, if it has one. */
export function removeResource(resource: Resource): void {
  resource.scope?.resources?.delete(resource);
  resource.scope = null;
}

/** Moves a resource to the innermost scope of a greenlet. If the greenlet is cancelled, the resource is released at once. */
export function bindResource(resource: Resource, greenlet: RawGreenlet): void {
  removeResource(resource);
  if (greenlet.pending !== null) resource.release(greenlet.pending.error);
  else addResource(innermostScope(greenlet) ?? rootScope(greenlet), resource);
}
