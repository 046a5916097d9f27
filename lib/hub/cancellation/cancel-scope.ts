import type { Call } from '../../greenlet/call.ts';
import type { Unwinding } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';

/** The error of a scope that nobody has cancelled. */
const NOT_CANCELLED: unique symbol = Symbol('not cancelled');

/** Work that runs beside a greenlet (a request, a child process) and must end when the greenlet is cancelled. */
export interface Resource {
  /** The scope it belongs to; null if it belongs to none. */
  scope: CancelScope | null;
  release(reason: unknown): void;
}

/**
 * A stretch of a greenlet's run that can be cancelled as a whole, in the manner of trio. `withTimeout()` makes one, `shield()`
 * makes one that hides the scopes around it, and a kill cancels the greenlet's root scope, which is made when it is first
 * needed. The scopes of a greenlet form a chain, innermost first:
 *
 *     greenlet.scope ─▶ scope ─outer─▶ shield ─outer─▶ root ─outer─▶ null
 *
 * How a cancelled scope raises its error is told in `cancellation.ts`.
 */
export class CancelScope implements Unwinding {
  error: unknown;
  /** Errors that are raised once (those of `Timeout` objects). */
  alarms: unknown[] | null;
  outer: CancelScope | null;
  /** The call that the scope's body runs in; null for a root scope, whose body is the greenlet's. */
  floor: Call<unknown> | null;
  /** How often its error was raised. */
  raises: number;
  readonly kind: 'root' | 'body' | 'shield';
  private resources: Set<Resource> | null;

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

  /** Releases `resource`, once, when this scope is cancelled, or a scope around it that reaches it. */
  addResource(resource: Resource): void {
    this.resources ??= new Set();
    this.resources.add(resource);
    resource.scope = this;
  }

  removeResource(resource: Resource): void {
    this.resources?.delete(resource);
    resource.scope = null;
  }

  get resourceCount(): number {
    return this.resources?.size ?? 0;
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

  /** Takes back an alarm; false if there is none for this error. */
  removeAlarm(error: unknown): boolean {
    const index = this.alarms === null ? -1 : this.alarms.indexOf(error);
    if (index < 0) return false;
    const left = (this.alarms as unknown[]).filter((_, at) => at !== index);
    this.alarms = left.length === 0 ? null : left;
    return true;
  }

  get hasLeftovers(): boolean {
    return this.resources !== null || this.alarms !== null;
  }

  /** When the scope ends normally, work that is still running in it belongs to the next scope. */
  handOnTo(heir: CancelScope): void {
    if (this.resources !== null) for (const resource of this.resources) heir.addResource(resource);
    if (this.alarms !== null) for (const error of this.alarms) heir.addAlarm(error);
    this.resources = null;
    this.alarms = null;
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

/** Makes a resource belong to what the greenlet does now, and to nothing else. A cancelled greenlet releases it at once. */
export function bindResource(resource: Resource, greenlet: RawGreenlet): void {
  resource.scope?.removeResource(resource);
  if (greenlet.pending !== null) resource.release(greenlet.pending.error);
  else (innermostScope(greenlet) ?? rootScope(greenlet)).addResource(resource);
}
