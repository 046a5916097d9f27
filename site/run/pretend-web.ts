/**
 * A page may read only sites that allow it. So here an embedded web answers instead, as it does when the tests run the programs of the
 * documentation: the text of a page is its address, and it takes 20 ms to arrive.
 */
const DELAY = 20;

/** @param used is called when the program first fetches something */
export function pretendWeb(used: () => void): void {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    const { signal, url } = request;
    if (!url.startsWith('https://')) return fetch(request);
    used();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(new Response(url)), DELAY);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    });
  };
}
