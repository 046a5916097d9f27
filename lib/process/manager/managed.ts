import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { type Known, Shared } from '../shared/shared.ts';
import { load } from '../travel/loaded.ts';
import type { Stored } from './stored.ts';

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
  const answer = yield* asked;
  for (const value of storedIn(answer)) yield* load(value);
  return convert(answer);
}

/** The values in an answer: it is a value, a list of them, or a list of entries. */
function* storedIn(answer: unknown): Generator<Stored, void, undefined> {
  if (Array.isArray(answer)) for (const part of answer) yield* storedIn(part);
  else if (typeof answer === 'object' && answer !== null) yield answer as Stored;
}

/** For answers that are what the caller gets. */
export function asItIs<T>(answer: T): T {
  return answer;
}
