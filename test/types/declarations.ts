// A program can name everything it wraps and exports in its own declarations, through the entry points alone.

import { all, Condition, Pool, retry, select, spawn, withTimeout } from 'greenhub';
import { assertNoLeaks } from 'greenhub/testing';
export const start = <R>(fn: () => R) => spawn(fn);
export const many = <T, R>(fn: (item: T) => R, items: T[]) => new Pool(3).imap(fn, items);
export const again = <R>(fn: () => R) => retry(fn);
export const timed = <R>(fn: () => R) => withTimeout(5, fn);
export const both = <A, B>(a: () => A, b: () => B) => all([a, b]);
export const one = <A, B>(a: () => A, b: () => B) => select({ a, b });
export const clean = <R>(fn: () => R) => assertNoLeaks(fn);
export const lock = new Condition().lock;
