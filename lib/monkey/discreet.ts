import { safeUrl } from '../net/safe-text.ts';

/** Text that no message may repeat: credentials, which come before an @, and line breaks. */
const DELICATE = /[@\p{Cc}]/u;

/**
 * Removes the secrets of a URL from the error of a fetch that refuses the URL and repeats it.
 *
 * @returns the promise itself if the URL contains no secrets
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
  error.message = message.replaceAll(url, () => safeUrl(url));
  if (stack !== undefined) error.stack = stack.replaceAll(url, () => safeUrl(url));
}
