/**
 * The referrer of a Request, to repeat it among the options of a fetch. Beside options, even a signal alone, a fetch does
 * not take it from the Request. If the program has passed options, this gives nothing.
 */
export function referrerOf(input: unknown, init: object | null | undefined): object {
  const { referrer, referrerPolicy } = Object(input) as Partial<Request>;
  return referrer === undefined || Object.keys(init ?? {}).length > 0 ? {} : { referrer, referrerPolicy };
}
