import { type AsyncContext, followContext } from '../../greenlet/context.ts';
import { hostProcess } from './host.ts';

interface AsyncHooks {
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => AsyncContext;
  AsyncLocalStorage: { prototype: object };
}

/**
 * Calls `followContext()` when the program first stores a value in an `AsyncLocalStorage`, if the host has that. The methods that
 * store values are replaced by wrappers that restore the originals at their first call. So a program that uses no storage pays nothing,
 * and a program that does pays once.
 */
export function followAsyncContext(): void {
  const hooks = hostProcess?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined;
  if (hooks === undefined) return;
  const { AsyncResource } = hooks;
  const prototype = hooks.AsyncLocalStorage.prototype as Record<string, unknown>;
  const capture = (): AsyncContext => new AsyncResource('Greenlet', { requireManualDestroy: true });
  const root = capture();
  const originals = new Map<string, PropertyDescriptor>();
  const restore = (): void => {
    for (const [name, original] of originals) Object.defineProperty(prototype, name, original);
  };
  for (const name of ['run', 'enterWith', 'withScope']) {
    const original = Object.getOwnPropertyDescriptor(prototype, name);
    if (original === undefined) continue;
    originals.set(name, original);
    const method = original.value as (...args: unknown[]) => unknown;
    const tripwire = function (this: unknown, ...args: unknown[]): unknown {
      restore();
      followContext(root, capture);
      return method.apply(this, args);
    };
    Object.defineProperties(tripwire, { name: { value: name }, length: { value: method.length } });
    Object.defineProperty(prototype, name, { ...original, value: tripwire });
  }
}
