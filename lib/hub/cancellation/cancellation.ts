/**
 * Cancellation, from `kill()` or a deadline to the throw at the suspension:
 *
 *     Greenlet.kill() ──▶ cancel(root scope)  ┐
 *     withTimeout()   ──▶ cancel(its scope)   ├─▶ refresh() ─▶ deliver() ─▶ hub.ready(THROW) ─▶ frame.throw(error)
 *     Timeout object  ──▶ raiseOnce()         ┘      ▲             ▲
 *                                  enter or leave a scope     the next suspension
 *
 * 1. `cancel()` marks a scope of the greenlet and releases the work that was begun in it. `raiseOnce()` sets an alarm.
 * 2. `refresh()` reads off the scopes what is now to be raised, and notes it as `greenlet.pending`.
 * 3. `deliver()` raises it: the hub resumes the greenlet with the error, where it is suspended. A greenlet that runs, or was
 *    woken already, meets it at its next suspension, which looks at `greenlet.pending` first.
 *
 * Cancelling is level-triggered: the error of a cancelled scope is pending, and so is raised at every suspension, until the
 * greenlet leaves the scope. An alarm is raised once.
 */
import { kernel, RAISE_LIMIT } from '../../greenlet/kernel.ts';
import type { Unwinding } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { slots } from '../../greenlet/slots.ts';
import { PARKED, SUSPENDED, THROW, UNWIND } from '../../greenlet/state.ts';
import { getHub } from '../loop/hub.ts';
import { CancelScope, innermostScope, outermostScope, rootScope } from './cancel-scope.ts';

const hub = getHub();

/** Cancels a scope of a greenlet: releases everything that was begun in it, and raises `error` until the greenlet leaves it. */
export function cancel(greenlet: RawGreenlet, scope: CancelScope, error: unknown): void {
  if (scope.cancelled) return;
  scope.error = error;
  for (const reached of scopesReached(greenlet, scope)) reached.releaseResources(error);
  refreshAndInterrupt(greenlet);
}

/** A scope and the scopes in it, except behind a shield; innermost first. */
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
 * Raises `error` once, at the greenlet's next suspension in `scope`. Null stands for the greenlet. If the greenlet has left the
 * scope, the error belongs to what it does now.
 */
export function raiseOnce(greenlet: RawGreenlet, scope: CancelScope | null, error: unknown): void {
  let target = innermostScope(greenlet);
  while (target !== null && target !== scope) target = target.outer;
  if (scope === null) target = rootScope(greenlet);
  (target ?? innermostScope(greenlet) ?? rootScope(greenlet)).addAlarm(error);
  refreshAndInterrupt(greenlet);
}

/** Takes back an error that was to be raised once and has not been. */
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
  if (scope.hasLeftovers) scope.handOnTo(scope.outer ?? rootScope(greenlet));
  if (greenlet.pending !== null || scope.kind === 'shield') refresh(greenlet);
}

/** Notes what is pending for the greenlet now, after its scopes have changed. */
function refresh(greenlet: RawGreenlet): void {
  greenlet.rare.pending = pendingOf(greenlet);
}

/** What the scopes say: of several cancelled scopes the outermost that no shield hides, or else the innermost alarm. */
function pendingOf(greenlet: RawGreenlet): Unwinding | null {
  let cancelled: CancelScope | null = null;
  let alarm: Unwinding | null = null;
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (scope.cancelled) cancelled = scope;
    if (scope.alarms !== null && alarm === null) alarm = { error: scope.alarms[0], floor: scope.floor };
    if (scope.kind === 'shield') break;
  }
  return cancelled ?? alarm;
}

/** The same as `refresh()`, and delivers what is pending at once if the greenlet is suspended and has not been woken. */
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
 * Delivers what is pending: the hub resumes the greenlet with it, which raises it where the greenlet is suspended. An alarm is
 * used up by that. A body that has caught the error of its scope too often is unwound past every `catch`.
 */
export function deliver(greenlet: RawGreenlet): void {
  const pending = greenlet.pending as Unwinding;
  if (!(pending instanceof CancelScope)) takeBackOnce(greenlet, pending.error);
  else {
    pending.raises += 1;
    if (pending.raises > RAISE_LIMIT) {
      hub.ready(greenlet, UNWIND, pending);
      return;
    }
  }
  hub.ready(greenlet, THROW, pending.error);
}

slots.deliver = deliver;

/** True for the error of a cancelled scope that the greenlet is in: it throws that error on its way out of the scope. */
export function isCancellation(greenlet: RawGreenlet, error: unknown): boolean {
  for (let scope = innermostScope(greenlet); scope !== null; scope = scope.outer) {
    if (scope.cancelled && scope.error === error) return true;
  }
  return false;
}

/** True once a kill has been raised in the greenlet: whatever it throws from then on, it throws while it cleans up. */
export function wasRaised(greenlet: RawGreenlet): boolean {
  const root = outermostScope(greenlet);
  return root !== null && root.kind === 'root' && root.raises > 0;
}
