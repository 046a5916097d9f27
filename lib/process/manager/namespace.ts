import type { Operation } from '../../greenlet/operation.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { type Known, shares } from '../shared/shared.ts';
import { decode } from '../travel/encode.ts';
import { type DictKey, DictService } from './dict-service.ts';
import { asItIs, Managed } from './managed.ts';
import { type Stored, stored } from './stored.ts';

/**
 * Named values in the server of a Manager. Each method is one atomic operation there. What you get is a copy: to change an object
 * inside, get it, change it and `set()` it again.
 *
 * @example
 * const settings = manager.namespace({ depth: 3, isVerbose: false });
 * yield* settings.set('depth', 4);
 */
export class NamespaceProxy<T extends object = Record<string, unknown>> extends Managed {
  /** @internal A Manager makes it. */
  constructor(known: Known) {
    super('Namespace', known);
  }

  /** Gives the value of a name; undefined if there is none. */
  get<N extends keyof T & string>(name: N): Operation<T[N]> {
    return this.read(
      'get',
      [checkedName(name)],
      (value?: Stored) => (value === undefined ? value : decode(value)) as T[N],
    );
  }

  /** @throws TypeError if the value cannot be sent; then nothing has changed */
  set<N extends keyof T & string>(name: N, value: T[N]): Operation<void> {
    checkedName(name);
    return this.change('set', () => [name, stored(value)], asItIs<void>);
  }

  /** Gives true if the name was there. */
  delete(name: keyof T & string): Operation<boolean> {
    checkedName(name);
    return this.change('delete', () => [name], asItIs<boolean>);
  }

  /** Gives all values as of one moment, as a plain object. */
  copy(): Operation<T> {
    return this.read('entries', [], (entries: readonly (readonly [string, Stored])[]) => {
      const copy = {};
      for (const [name, value] of entries) {
        // A plain assignment would set the prototype if the name is "__proto__".
        Object.defineProperty(copy, name, {
          value: decode(value),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return copy as T;
    });
  }
}

shares('Namespace', NamespaceProxy, (entries: readonly (readonly [DictKey, Stored])[]) => new DictService(entries));

function checkedName(name: unknown): string {
  if (typeof name === 'string') return name;
  throw new TypeError(`the names of a namespace are strings, not ${kindOf(name)}`);
}
