/**
 * Cancellation, from `kill()` or a deadline to the throw at the suspension:
 *
 *     Greenlet.kill() ──▶ cancel(root scope)  ┐
 *     withTimeout()   ──▶ cancel(its scope)   ├─▶ refresh() ─▶ wait.abort() ─▶ deliver() ─▶ hub.wake(THROW)
 *     Timeout object  ──▶ raiseOnce()         ┘      ▲                            ▲                │
 *                                  enter or leave a scope              the next suspension         ▼
 *                                           Suspension.throw() ◀─ yield* chain ◀─ drive(): frame.throw(error)
 *
 * 1. `cancel()` marks a scope of the greenlet and releases the work that was started in it. `raiseOnce()` sets an alarm.
 * 2. `refresh()` computes from the scopes which error is due, and stores it in `greenlet.pending`.
 * 3. `deliver()` raises the error: the hub resumes the greenlet with it at the suspension. A greenlet that is running, or is
 *    already queued, gets the error at its next suspension, which checks `greenlet.pending` first.
 *
 * Cancellation is level-triggered: the error of a cancelled scope stays pending, and is raised at every suspension until the
 * greenlet leaves the scope. An alarm is raised once.
 */
import { kernel, RAISE_LIMIT } from '../../greenlet/kernel.ts';
import type { Unwinding } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { slots } from '../../greenlet/slots.ts';
import { PARKED, SUSPENDED, THROW, UNWIND } from '../../greenlet/state.ts';
import { hub } from '../loop/hub.ts';
import { addResource, CancelScope, innermostScope, outermostScope, rootScope } from './cancel-scope.ts';

/** Cancels a scope of a greenlet: releases the work started in it, and raises `error` until the greenlet leaves the scope. */
export function cancel(greenlet: RawGreenlet, scope: CancelScope, error: unknown): void {
  if (scope.cancelled) return;
  scope.error = error;
  if (innermostScope(greenlet) === scope) scope.releaseResources(error);
  else for (const reached of scopesReached(greenlet, scope)) reached.releaseResources(error);
  refreshAndInterrupt(greenlet);
}

/** A scope and the scopes inside it, innermost first. Scopes inside a shield are left out. */
function scopesReached(greenlet: RawGreenlet, cancelled: CancelScope): CancelScope[] {
  const reached: CancelScope[] = [];
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (scope.kind === 'shield') reached.length = 0;
    else reached.push(scope);
    if (scope === cancelled) break;
  }
  return reached;
}

/**
 * Raises `error` once, at the greenlet's present or next suspension in `scope`; null means the root scope. If the greenlet has
 * left the scope, the error is raised in the innermost scope that it is in now.
 */
export function raiseOnce(greenlet: RawGreenlet, scope: CancelScope | null, error: unknown): void {
  let target = innermostScope(greenlet);
  while (target !== null && target !== scope) target = target.outer;
  if (scope === null) target = rootScope(greenlet);
  (target ?? innermostScope(greenlet) ?? rootScope(greenlet)).addAlarm(error);
  refreshAndInterrupt(greenlet);
}

/** Takes back the error of `raiseOnce()` if it has not been raised. */
export function takeBackOnce(greenlet: RawGreenlet, error: unknown): void {
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (!scope.removeAlarm(error)) continue;
    refresh(greenlet);
    return;
  }
}

export function enterScope(greenlet: RawGreenlet, scope: CancelScope): void {
  scope.outer = innermostScope(greenlet);
  greenlet.rare.scope = scope;
  if (scope.kind === 'shield') refresh(greenlet);
}

export function leaveScope(greenlet: RawGreenlet, scope: CancelScope): void {
  greenlet.rare.scope = scope.outer;
  if (scope.resources !== null || scope.alarms !== null) handOn(scope, scope.outer ?? rootScope(greenlet));
  if (greenlet.pending !== null || scope.kind === 'shield') refresh(greenlet);
}

/** Moves the running work and the alarms of a scope that ends to the next scope. */
function handOn(scope: CancelScope, heir: CancelScope): void {
  if (scope.resources !== null) for (const resource of scope.resources) addResource(heir, resource);
  if (scope.alarms !== null) for (const error of scope.alarms) heir.addAlarm(error);
  scope.resources = null;
  scope.alarms = null;
}

/** Updates `greenlet.pending` after the greenlet's scopes have changed. */
function refresh(greenlet: RawGreenlet): void {
  greenlet.rare.pending = pendingOf(greenlet);
}

/**
 * Returns what to raise: the outermost cancelled scope that no shield hides, or else the innermost alarm. A scope that was raised many
 * times ignores shields. Otherwise a loop whose `finally` blocks in a shield would never end.
 */
function pendingOf(greenlet: RawGreenlet): Unwinding | null {
  let cancelled: CancelScope | null = null;
  let alarm: Unwinding | null = null;
  let isShielded = false;
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (scope.cancelled && (!isShielded || scope.raises > 2 * RAISE_LIMIT)) cancelled = scope;
    if (isShielded) continue;
    if (scope.alarms !== null && alarm === null) alarm = { error: scope.alarms[0], floor: scope.floor };
    isShielded = scope.kind === 'shield';
  }
  return cancelled ?? alarm;
}

/** Calls `refresh()`. If the greenlet is suspended and not yet queued, delivers the pending error at once. */
function refreshAndInterrupt(greenlet: RawGreenlet): void {
  refresh(greenlet);
  if (greenlet.pending === null) return;
  if (greenlet.state === PARKED) {
    const { waiting } = greenlet;
    waiting?.abort();
    greenlet.unpark();
    deliver(greenlet);
  } else if (greenlet.state === SUSPENDED && greenlet !== kernel.current) deliver(greenlet);
}

/**
 * Delivers the pending error: the hub resumes the greenlet with it at the suspension. This uses up an alarm. A body that has
 * caught the error of its scope too often is unwound past every `catch`.
 */
export function deliver(greenlet: RawGreenlet): void {
  const pending = greenlet.pending as Unwinding;
  if (!(pending instanceof CancelScope)) takeBackOnce(greenlet, pending.error);
  else {
    pending.raises += 1;
    if (pending.raises > RAISE_LIMIT) {
      hub.wake(greenlet, UNWIND, pending);
      return;
    }
  }
  hub.wake(greenlet, THROW, pending.error);
}

slots.deliver = deliver;

/** True for the error of a cancelled scope that the greenlet is in. The greenlet throws it while it leaves the scope. */
export function isCancellation(greenlet: RawGreenlet, error: unknown): boolean {
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (scope.cancelled && scope.error === error) return true;
  }
  return false;
}

/** True once a kill was raised in the greenlet. An error that it throws from then on comes from its cleanup. */
export function wasRaised(greenlet: RawGreenlet): boolean {
  const root = outermostScope(greenlet);
  return root !== null && root.kind === 'root' && root.raises > 0;
}
