import { hostProcess } from '../hub/loop/host.ts';

/**
 * One of Node's modules, without an import, which would not work in a browser.
 *
 * @param name without `node:`
 * @returns undefined if there is no such module, and in a browser
 */
export function builtinModule<T>(name: string): T | undefined {
  return hostProcess?.getBuiltinModule?.(name) as T | undefined;
}
