/**
 * What many greenlets wait for, in words: the text of one of them without what differs from greenlet to greenlet, which are the
 * arguments of `sleep(5)`, the path of a URL, and a list of names in parentheses.
 */
export function generalWait(text: string): string {
  return text
    .replace(/ \(.*$/s, '')
    .replace(/\(.*$/s, '(…)')
    .replace(/(https?:\/\/[^/\s]+)\S*/, '$1/…');
}
