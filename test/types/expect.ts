/**
 * The vocabulary of type tests. The other files of this folder import from 'greenhub' and state
 * types. `tsc` is the test runner; the files are never run.
 *
 * ```ts
 * check<Equal<typeof response, Response>>();
 * // @ts-expect-error a greenlet's name is a string
 * job.name = 1;
 * ```
 */

/** True if two types are identical. `any` equals only `any`, and modifiers count. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless it is given `true`. */
export declare function check<T extends true>(): void;

/** Fails to compile unless the value fits the type. */
export declare function accepts<T>(value: T): void;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The names of members of `T` that are `any`, or give `any` as a function, an operation, a promise or an iteration. */
export type AnyMembers<T> = { [K in keyof T]-?: GivesAny<T[K]> extends true ? K : never }[keyof T];

type GivesAny<T> = IsAny<T> extends true ? true : T extends (...args: never[]) => infer R ? HoldsAny<R> : HoldsAny<T>;

type HoldsAny<T> =
  IsAny<T> extends true
    ? true
    : T extends PromiseLike<infer V>
      ? IsAny<V>
      : T extends Iterable<infer V> | AsyncIterable<infer V>
        ? IsAny<V>
        : false;
