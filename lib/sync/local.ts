import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { identityOf } from '../hub/owner.ts';

/** Makes an object of whose attributes each greenlet sees its own. */
interface LocalConstructor {
  new <T extends object = Record<string, unknown>>(): Partial<T>;
}

class GreenletLocal extends Shown {
  constructor() {
    super();
    // Keyed by the greenlet, weakly, so that what a greenlet set is freed with it.
    const objects = new WeakMap<RawGreenlet, object>();
    const prototype = Object.getPrototypeOf(this);
    const own = (): object => {
      const owner = identityOf(kernel.current);
      let object = objects.get(owner);
      if (object === undefined) {
        object = Object.create(prototype) as object;
        objects.set(owner, object);
      }
      return object;
    };
    // biome-ignore lint/correctness/noConstructorReturn: each access is forwarded to the running greenlet's object
    return new Proxy(this, {
      get: (_, key) => Reflect.get(own(), key),
      set: (_, key, value) => Reflect.set(own(), key, value),
      has: (_, key) => Reflect.has(own(), key),
      deleteProperty: (_, key) => Reflect.deleteProperty(own(), key),
      ownKeys: () => Reflect.ownKeys(own()),
      getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(own(), key),
      defineProperty: (_, key, descriptor) => Reflect.defineProperty(own(), key, { ...descriptor, configurable: true }),
    });
  }

  /** @internal The names alone: what a program keeps here is nobody else's business. */
  [TEXT](): string {
    const names = Object.keys(this);
    const some = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
    return line('Local', 'Local', `${identityOf(kernel.current).name} has set ${some.join(', ') || 'nothing'}`);
  }
}

/**
 * An object of whose attributes each greenlet sees its own; they start undefined and are freed with the greenlet. Main
 * code outside greenlets has its own as well.
 *
 * @example
 * const session = new Local<{ user: string }>();
 * spawn(function* () { session.user = 'ann'; yield* sleep(10); console.log(session.user); }); // ann
 * spawn(function* () { session.user = 'bob'; yield* sleep(10); console.log(session.user); }); // bob
 */
export const Local = GreenletLocal as LocalConstructor;
