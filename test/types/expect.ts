/**
 * The vocabulary of type tests. A file beside this one imports from 'greenhub' and states what a
 * type is; `tsc` is the test runner.
 *
 * ```ts
 * type _ = Expect<Equal<typeof response, Response>>;
 * // @ts-expect-error a greenlet's name is a string
 * job.name = 1;
 * ```
 */

/** True if the two types are the same one; `any` equals only `any`, and modifiers count. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless it is given `true`. */
export type Expect<T extends true> = T;
