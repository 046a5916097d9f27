/** Formats program input for messages: on one line and without secrets. */

/** Longer texts are cut off here. */
const LONGEST = 200;

/** Control characters, and other characters that may end a line. */
const UNSEEN = /[\p{Cc}\u2028\u2029]/gu;

/** Escapes line breaks and other control characters in a text: `'a\nb'` is shown as `a\nb`. */
export function safeText(text: unknown): string {
  const all = String(text);
  const short = all.length > LONGEST ? `${all.slice(0, LONGEST)}…` : all;
  return short.replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  const inJson = JSON.stringify(character).slice(1, -1);
  return inJson === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : inJson;
}

/** A URL or its path without user, password, query and fragment, any of which may be secret. */
export function safeUrl(url: string | URL): string {
  let text = String(url);
  if (/^\/(?!\/)/.test(text)) return safeText(text.replace(/[?#].*$/s, ''));
  try {
    const { protocol, host, pathname } = new URL(text);
    text = host === '' ? `${protocol}${pathname.replace(/^.*@/s, '')}` : `${protocol}//${host}${pathname}`;
  } catch {
    // It is not a URL. If it contains an @, any part may be a password.
    if (text.includes('@')) return safeText(text.replace(/^([a-z][\w+.-]*:\/\/)?.*$/is, '$1…'));
  }
  return safeText(text.replace(/[?#].*$/s, ''));
}
