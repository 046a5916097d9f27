import { bindBody } from '../bound-body.ts';
import { boundBySignal } from '../bound-by-signal.ts';
import { discreet } from '../discreet.ts';
import { patchFunction } from '../patch-function.ts';
import { install } from '../patches.ts';
import { referrerOf } from '../referrer.ts';

/**
 * Patches `fetch` of a browser, so that greenlets can use `yield* fetch(url)` and `yield*` with the methods that read the body.
 * If the greenlet is killed or times out, its requests are aborted, in whatever phase they are. `init.signal` works as before.
 */
export function patchFetch(): void {
  install(patchFetch, (replace) =>
    patchFunction(replace, 'globalThis', globalThis, 'fetch', (original, self, [input, init]) =>
      bound(original, self, [input, init ?? undefined]),
    ),
  );
}

const bound = /* @__PURE__ */ boundBySignal(
  1,
  (work, begun, [input]) =>
    work.promise(discreet(input, begun as Promise<Response>), (response) => bindBody(response, work)),
  ([input, init]) => ({ signal: (Object(input) as Partial<Request>).signal, ...referrerOf(input, init as object) }),
);
