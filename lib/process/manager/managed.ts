import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { type Known, Shared } from '../shared/shared.ts';

/** The base class of the proxies for data in a Manager's server. */
export abstract class Managed extends Shared {
  constructor(kind: string, known: Known) {
    super(kind, known, []);
  }

  /**
   * Asks for something that changes nothing.
   *
   * @param fields nobody may change them
   */
  protected read<Answer, T>(method: string, fields: readonly unknown[], convert: (answer: Answer) => T): Operation<T> {
    return operation(() => converted(this.askWith<Answer>(method, fields), convert), `${method}()`);
  }

  /**
   * Asks for a change. If the wait is cancelled, it ends once it is known whether the change was made.
   *
   * @param fields called when the operation begins
   */
  protected change<Answer, T>(
    method: string,
    fields: () => readonly unknown[],
    convert: (answer: Answer) => T,
  ): Operation<T> {
    return operation(() => converted(this.askSurely<Answer>(method, fields), convert), `${method}()`);
  }
}

function* converted<Answer, T>(asked: Operation<Answer>, convert: (answer: Answer) => T): Coroutine<T> {
  return convert(yield* asked);
}

/** For answers that are what the caller gets. */
export function asItIs<T>(answer: T): T {
  return answer;
}
