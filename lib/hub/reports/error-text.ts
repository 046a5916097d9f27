import { withoutNoise } from '../../greenlet/frames.ts';

/** At most this many errors of an AggregateError are listed. */
const LISTED = 20;
/** One text contains at most this many errors. */
const MOST = 100;

/**
 * Converts any thrown value to text: its stack, and the stacks of its causes and of the errors in an AggregateError. Never
 * throws, even if the error has getters or is a proxy.
 */
export function errorText(error: unknown): string {
  return textOf(error, new Set());
}

/** Converts a value to text. Never throws, even if reading or converting the value does. */
export function safeText(get: () => unknown): string {
  return tried(() => String(get())) ?? tried(() => Object.prototype.toString.call(get())) ?? 'something unreadable';
}

function textOf(error: unknown, told: Set<unknown>): string {
  if (tried(() => error instanceof Error) !== true) return safeText(() => error);
  told.add(error);
  const field = (name: string): unknown => tried(() => (error as Record<string, unknown>)[name]);
  const stack = field('stack');
  let text = typeof stack === 'string' && stack !== '' ? withoutNoise(stack) : headline(error as Error);
  const add = (what: string, other: unknown): void => {
    if (other !== undefined && !told.has(other) && told.size < MOST) text += `\n  ${what}: ${textOf(other, told)}`;
  };
  add('caused by', field('cause'));
  const errors = tried(() => [...(field('errors') as Iterable<unknown>)]) ?? [];
  for (const each of errors.slice(0, LISTED)) add('one of its errors', each);
  if (errors.length > LISTED) text += `\n  … and ${errors.length - LISTED} more`;
  return text;
}

function headline(error: Error): string {
  return `${safeText(() => error.name)}: ${safeText(() => error.message)}`;
}

function tried<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
