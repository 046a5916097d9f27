/**
 * Turns the wait of one greenlet into a text that similar waits share. It drops the details that differ: the arguments of `sleep(5)`, the
 * path of a URL, and a list of names in parentheses.
 */
export function generalWait(text: string): string {
  return text
    .replace(/ \(.*$/s, '')
    .replace(/\(.*$/s, '(…)')
    .replace(/(https?:\/\/[^/\s]+)\S*/, '$1/…');
}
