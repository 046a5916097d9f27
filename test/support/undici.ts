import { createRequire } from 'node:module';
import type * as Undici from 'undici';

// Node's own fetch sets itself up at the first look at one of its classes. Done first, as in a program that has not
// loaded undici, everybody's dispatcher is Node's.
void globalThis.Response;

/** The undici of npm, as a program that has installed it would load it. */
export const undici: typeof Undici = createRequire(import.meta.url)('undici');
