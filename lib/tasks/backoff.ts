import { host } from '../hub/loop/host.ts';
import type { BackoffOptions } from './options.ts';

/** The pause in milliseconds after the given attempt, counted from 1. */
export function pauseAfter(attempt: number, { delay, factor, max, jitter }: Required<BackoffOptions>): number {
  const full = Math.min(delay * factor ** (attempt - 1), max);
  return Math.round(full * (1 - jitter * host.random()));
}
