/** The present stack, without the library's own frames at its top. */
export function spawnSite(): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace?.(holder);
  const lines = (holder.stack ?? new Error().stack ?? '').split('\n').slice(1);
  const first = lines.findIndex((line) => !OWN_FRAME.test(line));
  return lines.slice(Math.max(first, 0)).join('\n');
}

/** Frames of this function and of the functions that create greenlets. */
const OWN_FRAME = /\b(spawnSite|new Greenlet|Greenlet\.make|Function\.make|spawn|spawnLater)\b/;
