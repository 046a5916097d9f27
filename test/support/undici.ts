import { createRequire } from 'node:module';
import type * as Undici from 'undici';

// Node's fetch initialises itself at the first access to one of its classes. Done first, as in a program that has not
// loaded undici, this makes the global dispatcher Node's.
void globalThis.Response;

/** The undici of npm, loaded like in a program that has installed it. */
export const undici: typeof Undici = createRequire(import.meta.url)('undici');
