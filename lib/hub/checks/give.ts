/**
 * The key of the method by which `greenhub/process` asks an object of `greenhub/net` for what another process needs to
 * have it. It is registered, because a program may load the library twice.
 */
export const GIVE: unique symbol = Symbol.for('greenhub.give');
