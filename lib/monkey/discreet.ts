import { shownUrl } from '../net/shown.ts';

/** What no message is to repeat: credentials, which come before an @, and line breaks. */
const DELICATE = /[@\p{Cc}]/u;

/**
 * Takes what is secret in a URL out of the error of a fetch, which repeats a URL that it refuses.
 *
 * @returns the promise itself where the URL has nothing of that kind
 */
export function discreet<T>(url: unknown, answer: Promise<T>): Promise<T> {
  const isUrl = typeof url === 'string' || url instanceof URL;
  if (!isUrl || !DELICATE.test(String(url))) return answer;
  return answer.catch((error) => {
    if (error instanceof Error) conceal(error, String(url));
    throw error;
  });
}

function conceal(error: Error, url: string): void {
  const { message, stack } = error;
  if (!message.includes(url)) return;
  error.message = message.replaceAll(url, () => shownUrl(url));
  if (stack !== undefined) error.stack = stack.replaceAll(url, () => shownUrl(url));
}
