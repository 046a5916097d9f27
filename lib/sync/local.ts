import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { identityOf } from '../hub/tasks/owner.ts';

/** The constructor of greenlet-local objects. */
interface LocalConstructor {
  new <T extends object = Record<string, unknown>>(): Partial<T>;
}

class GreenletLocal extends Shown {
  constructor() {
    super();
    const own = (): object => ownObject(identityOf(kernel.current), this);
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

  /** @internal Shows names only, because the values may be private. */
  [TEXT](): string {
    const names = Object.keys(this);
    const some = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
    return line('Local', 'Local', `${identityOf(kernel.current).name} has set ${some.join(', ') || 'nothing'}`);
  }
}

/** The values of a Local for one greenlet. The greenlet keeps them until it ends or the Local is collected. */
function ownObject(owner: RawGreenlet, local: object): object {
  const { rare } = owner;
  rare.locals ??= new WeakMap();
  let object = rare.locals.get(local);
  if (object === undefined) {
    object = Object.create(Object.getPrototypeOf(local)) as object;
    rare.locals.set(local, object);
  }
  return object;
}

/**
 * A greenlet-local object: each greenlet has its own attributes. They start undefined and are freed when the greenlet
 * ends. Code in main, outside all greenlets, has its own set as well.
 *
 * @example
 * const session = new Local<{ user: string }>();
 * spawn(function* () { session.user = 'ann'; yield* sleep(10); console.log(session.user); }); // ann
 * spawn(function* () { session.user = 'bob'; yield* sleep(10); console.log(session.user); }); // bob
 */
export const Local = GreenletLocal as LocalConstructor;
