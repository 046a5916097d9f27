import { host } from '../hub/loop/host.ts';
import { errorText } from '../hub/reports/error-text.ts';

/** What was reported already. A page looks once a second. */
const reported = new Set<string>();

/** Calls a function of a tool. An error in it must not end the program that the tool shows: it is reported once. */
export function guarded(look: () => void, failed: () => void = () => {}): void {
  try {
    look();
  } catch (error) {
    reportOnce(error);
    failed();
  }
}

export function reportOnce(error: unknown): void {
  const text = errorText(error);
  if (reported.has(text)) return;
  reported.add(text);
  host.report(`greenhub cannot show what runs: ${text}`);
}
