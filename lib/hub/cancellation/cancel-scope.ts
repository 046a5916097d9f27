import type { Call } from '../../greenlet/call.ts';
import { kernel, RAISE_LIMIT, type Unwinding } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { PARKED, SUSPENDED } from '../../greenlet/state.ts';

/** Marks a scope that nobody has cancelled; no error is this. */
const NOT_CANCELLED: unique symbol = Symbol('not cancelled');

/** Something that goes on beside a greenlet (a request, a signal) and has to end when the greenlet is cancelled. */
export interface Resource {
  /** The scope it belongs to; null when it does not any more. */
  scope: CancelScope | null;
  release(reason: unknown): void;
}

/**
 * A stretch of a greenlet's run that can be cancelled as a whole, in the manner of trio: `withTimeout` makes one,
 * `shield` makes one that hides those around it, and a greenlet that is killed is cancelled in its root scope,
 * which is made when first needed. The scopes of a greenlet form a chain, innermost first:
 *
 *     greenlet.scope ─▶ scope ─outer─▶ shield ─outer─▶ root ─outer─▶ null
 *
 * Cancelling is level-triggered: what the chain says is kept in `greenlet.pending`, and every suspension of the
 * greenlet looks there. When several scopes are cancelled, the outermost that no shield hides is what raises.
 */
export class CancelScope implements Unwinding {
  error: unknown;
  /** Errors that raise once (those of `Timeout` objects). */
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

  /** Has `resource` released, once, when this scope is cancelled, or one around it that reaches it. */
  addResource(resource: Resource): void {
    this.resources ??= new Set();
    this.resources.add(resource);
    resource.scope = this;
  }

  removeResource(resource: Resource): void {
    this.resources?.delete(resource);
    resource.scope = null;
  }

  /** @internal What was begun in this scope and still runs belongs to the next one when it ends. */
  handOnTo(heir: CancelScope): void {
    if (this.resources !== null) for (const resource of this.resources) heir.addResource(resource);
    if (this.alarms !== null) heir.alarms = (heir.alarms ?? []).concat(this.alarms);
    this.resources = null;
    this.alarms = null;
  }

  get resourceCount(): number {
    return this.resources?.size ?? 0;
  }

  get hasLeftovers(): boolean {
    return this.resources !== null || this.alarms !== null;
  }

  /** @internal */
  releaseResources(reason: unknown): void {
    const resources = this.resources;
    this.resources = null;
    if (resources === null) return;
    for (const resource of resources) {
      resource.scope = null;
      resource.release(reason);
    }
  }
}

/**
 * Makes a resource belong to what the greenlet is doing now, and to nothing else. In one that has been cancelled it is released
 * at once.
 */
export function bindResource(resource: Resource, greenlet: RawGreenlet): void {
  resource.scope?.removeResource(resource);
  if (greenlet.pending !== null) resource.release(greenlet.pending.error);
  else ((greenlet.scope as CancelScope | null) ?? rootScope(greenlet)).addResource(resource);
}

/** What raises in a greenlet at its next suspension, read off its scopes. */
function pendingOf(greenlet: RawGreenlet): Unwinding | null {
  let found: CancelScope | null = null;
  let alarm: Unwinding | null = null;
  for (let scope = greenlet.scope as CancelScope | null; scope !== null; scope = scope.outer) {
    if (scope.cancelled) found = scope;
    if (scope.alarms !== null && alarm === null) alarm = { error: scope.alarms[0], floor: scope.floor };
    if (scope.kind === 'shield') break;
  }
  return found ?? alarm;
}

/** Brings `greenlet.pending` up to date after its scopes changed. */
function refresh(greenlet: RawGreenlet): void {
  greenlet.rare.pending = pendingOf(greenlet);
}

/** The same, and raises what is now pending if the greenlet is suspended and was not woken yet. */
function refreshAndRaise(greenlet: RawGreenlet): void {
  refresh(greenlet);
  if (greenlet.pending === null) return;
  if (greenlet.state === PARKED) {
    greenlet.waiting?.abort();
    greenlet.input = undefined;
    greenlet.state = SUSPENDED;
    kernel.raisePending(greenlet);
  } else if (greenlet.state === SUSPENDED && greenlet !== kernel.current) {
    kernel.raisePending(greenlet);
  }
}

export function enterScope(greenlet: RawGreenlet, scope: CancelScope): void {
  scope.outer = greenlet.scope as CancelScope | null;
  greenlet.rare.scope = scope;
  if (scope.kind === 'shield') refresh(greenlet);
}

export function leaveScope(greenlet: RawGreenlet, scope: CancelScope): void {
  greenlet.rare.scope = scope.outer;
  if (scope.hasLeftovers) scope.handOnTo(scope.outer ?? rootScope(greenlet));
  if (greenlet.pending !== null || scope.kind === 'shield') refresh(greenlet);
}

/** The scope that stands for the whole greenlet. */
export function rootScope(greenlet: RawGreenlet): CancelScope {
  let scope = greenlet.scope as CancelScope | null;
  while (scope !== null && scope.outer !== null) scope = scope.outer;
  if (scope?.kind === 'root') return scope;
  const root = new CancelScope('root');
  if (scope === null) greenlet.rare.scope = root;
  else scope.outer = root;
  return root;
}

/** Cancels a scope of a greenlet: all that it began is released, and `error` raises until the scope is left. */
export function cancelScope(greenlet: RawGreenlet, cancelled: CancelScope, error: unknown): void {
  if (cancelled.cancelled) return;
  cancelled.error = error;
  if (greenlet.scope === cancelled) cancelled.releaseResources(error);
  else releaseWithin(greenlet, cancelled, error);
  refreshAndRaise(greenlet);
}

/** Releases what was begun in a scope and in those within it, except behind a shield. */
function releaseWithin(greenlet: RawGreenlet, cancelled: CancelScope, error: unknown): void {
  const reached: CancelScope[] = [];
  for (let scope = greenlet.scope as CancelScope | null; scope !== null; scope = scope.outer) {
    if (scope.kind === 'shield') reached.length = 0;
    else reached.push(scope);
    if (scope === cancelled) break;
  }
  for (const scope of reached) scope.releaseResources(error);
}

/** Has `error` raise once, at this greenlet's next suspension within `scope`. */
export function raiseOnce(greenlet: RawGreenlet, scope: CancelScope | null, error: unknown): void {
  let target = greenlet.scope as CancelScope | null;
  while (target !== null && target !== scope) target = target.outer;
  // One that was started outside all scopes belongs to the greenlet; one whose scope was left, to what goes on now.
  if (scope === null) target = rootScope(greenlet);
  target ??= (greenlet.scope as CancelScope | null) ?? rootScope(greenlet);
  target.alarms = (target.alarms ?? []).concat([error]);
  refreshAndRaise(greenlet);
}

/** Takes back an error that is to raise once and has not; true if there was one. */
export function takeBackOnce(greenlet: RawGreenlet, error: unknown): boolean {
  for (let scope = greenlet.scope as CancelScope | null; scope !== null; scope = scope.outer) {
    const index = scope.alarms === null ? -1 : scope.alarms.indexOf(error);
    if (index < 0) continue;
    scope.alarms = (scope.alarms as unknown[]).filter((_, at) => at !== index);
    if (scope.alarms.length === 0) scope.alarms = null;
    refresh(greenlet);
    return true;
  }
  return false;
}

/**
 * Gives what is to be raised now. An alarm is used up by that; what a cancelled scope raises stays, and is counted.
 *
 * @returns the error with the scope's floor, and whether the scope's body must be unwound because it catches everything
 */
export function takePending(greenlet: RawGreenlet): { pending: Unwinding; unwind: boolean } {
  const pending = greenlet.pending as Unwinding;
  if (!(pending instanceof CancelScope)) {
    takeBackOnce(greenlet, pending.error);
    return { pending, unwind: false };
  }
  pending.raises += 1;
  return { pending, unwind: pending.raises > RAISE_LIMIT };
}

/** True for the error of a cancelled scope that the greenlet is in: what it throws on its way out of there. */
export function isCancellation(greenlet: RawGreenlet, error: unknown): boolean {
  for (let scope = greenlet.scope as CancelScope | null; scope !== null; scope = scope.outer) {
    if (scope.cancelled && scope.error === error) return true;
  }
  return false;
}

/** True when a kill has been raised in the greenlet: what it throws from then on, it throws while it cleans up. */
export function wasRaised(greenlet: RawGreenlet): boolean {
  let scope = greenlet.scope as CancelScope | null;
  while (scope !== null && scope.outer !== null) scope = scope.outer;
  return scope !== null && scope.kind === 'root' && scope.raises > 0;
}
