import { kernel } from '../../greenlet/kernel.ts';
import { BoundWork } from '../../hub/cancellation/bound-work.ts';
import { bindBody } from '../bound-body.ts';
import { discreet } from '../discreet.ts';
import { likeOriginal } from '../like-original.ts';
import { type AnyFunction, actingInside } from '../patch-function.ts';
import { install } from '../patches.ts';

type Input = Parameters<typeof globalThis.fetch>[0];
type Init = Parameters<typeof globalThis.fetch>[1];

/**
 * Patches `fetch` of a browser, so that greenlets can use `yield* fetch(url)` and `yield*` with the methods that read the body.
 * If the greenlet is killed or times out, its requests are aborted, in whatever phase they are. `init.signal` works as before.
 */
export function patchFetch(): void {
  install(patchFetch, (replace) => {
    const original = globalThis.fetch as AnyFunction | undefined;
    if (original === undefined) return;
    const fetch = actingInside(original, (_, self, [input, init]) => {
      const isOptions = init === undefined || (typeof init === 'object' && init !== null);
      // The original refuses anything else.
      return isOptions ? boundFetch(original, self, input as Input, init as Init) : original.call(self, input, init);
    });
    replace('globalThis', globalThis, 'fetch', {
      value: likeOriginal(fetch, original),
      writable: true,
      enumerable: true,
    });
  });
}

function boundFetch(original: AnyFunction, self: unknown, input: Input, init: Init): Promise<Response> {
  const work = new BoundWork();
  const isRequest = typeof input === 'object' && 'signal' in input;
  const own = init?.signal === undefined && isRequest ? input.signal : init?.signal;
  const begun = original.call(self, input, { ...init, signal: work.signal(own) }) as Promise<Response>;
  const answer = work.promise(discreet(input, begun), (response) => bindBody(response, work));
  work.bindTo(kernel.current);
  return answer;
}
