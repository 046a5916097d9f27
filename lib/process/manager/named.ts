import { make, makes, type Service } from '../network/maker.ts';

/** The kind of objects with a name. Its fields: the name, what it is in messages, the kind, the fields of the object. */
export const NAMED = 'Named';

/** Lets objects have names. A name stands for one object, whoever asks for it. */
export function makesNamed(): void {
  const names = new Map<unknown, unknown>();
  makes(NAMED, (...[name, what, kind, ...fields]: readonly unknown[]): Service => {
    const present = names.get(name);
    if (present !== undefined && present !== what) {
      throw new TypeError(`${JSON.stringify(name)} is a ${present} of this Manager, not a ${what}`);
    }
    const service = make(kind as string, fields);
    names.set(name, what);
    return service;
  });
}
