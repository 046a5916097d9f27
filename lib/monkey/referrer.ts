/**
 * The referrer of a Request, to repeat it among the options of a fetch. Beside options, even a signal alone, a fetch does
 * not take it from the Request. If the program has passed options, this gives nothing.
 */
export function referrerOf(input: unknown, init: object | null | undefined): object {
  const { referrer, referrerPolicy, url } = Object(input) as Request;
  const isDefault = referrer === undefined || (referrer === 'about:client' && referrerPolicy === '');
  if (isDefault || Object.keys(init ?? {}).length > 0) return {};
  // Some versions of Node lose it even without options. Then this copy has lost it too.
  const copy = new Request(new Request(url, { referrer, referrerPolicy }));
  return { referrer: copy.referrer, referrerPolicy: copy.referrerPolicy };
}
