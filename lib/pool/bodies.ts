import { type Body, takeBody } from '../hub/parking/body.ts';
import { handOverAll } from '../hub/parking/handed-over.ts';
import { checkedItems } from '../hub/parking/items.ts';
import { PromiseWait } from '../hub/parking/until.ts';

/**
 * Checks the bodies of a combinator when they are handed over, and subscribes to the promises among them.
 *
 * @throws TypeError if a body is not a function, an operation or a promise
 */
export function checkedBodies(bodies: Iterable<Body<unknown>>, caller: string): Body<unknown>[] {
  const list = checkedItems(bodies, caller, 'operations');
  try {
    return list.map((body) => {
      const taken = takeBody(body, caller);
      if (taken instanceof PromiseWait) taken.share();
      return taken;
    });
  } catch (error) {
    handOverAll(list);
    throw error;
  }
}
