/**
 * The side that asks. A request (CALL) goes to the maker of a shared object and is answered once:
 *
 *     asker ── CALL ───────────▶ maker     the maker does it with an ordinary object of greenhub, in a greenlet
 *           ◀─────── ANSWER ────           or FAILURE
 *           ── ACKNOWLEDGE ────▶           if the answer was a grant: an item, a lock. Until then the maker can take it back
 *
 * A cancellation sends CANCEL. What takes something ends at once; a grant that is already on its way is answered with REJECT, and
 * the maker takes it back. What gives something (`put()`) must know whether it has: it waits for CANCELLED or ANSWER.
 */
import { kernel } from '../../greenlet/kernel.ts';
import type { Coroutine, Suspend } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { shield } from '../../hub/cancellation/shield.ts';
import { hub } from '../../hub/loop/hub.ts';
import { Suspension } from '../../hub/parking/suspension.ts';
import { isAside } from '../../hub/parking/taking.ts';
import { AsyncResult } from '../../sync/async-result.ts';
import { Event } from '../../sync/event.ts';
import { ConnectionLostError } from '../errors.ts';
import { decodeError, type Encoded } from '../travel/encode.ts';
import { code, type Link, network } from './network.ts';
import { whenReceived } from './when-received.ts';

/** A request to the maker of a shared object. */
export interface Question {
  /** The node of the maker. */
  readonly home: string;
  readonly object: string;
  readonly method: string;
  /** Returns the arguments. Called when the wait begins. */
  fields(): readonly unknown[];
  /** True if nobody changes the arguments, so that they need not be copied at once. */
  readonly isOwn: boolean;
  /** What the greenlet waits for, in messages. */
  describe(): string;
}

/** How long the maker may take to say that it has heard of a cancellation, in milliseconds. */
const HEARD_WITHIN = 1_000;

/** How a cancelled request has ended: it was fulfilled all the same, or not. */
interface End {
  readonly isFulfilled: boolean;
  readonly value?: unknown;
}

let requests = 0;
const pending = new Map<number, Ask<unknown>>();
/** The requests that were cancelled and whose end is not known. */
const cancelled = new Map<number, { readonly home: string; readonly withdrawal: Withdrawal | null }>();

/** Waits for the answer to a question. */
export class Ask<T> extends Suspension<T> {
  /** How the cancelled request ends, if somebody waits for that. */
  withdrawal: Withdrawal | null;
  private readonly question: Question;
  private readonly isSure: boolean;
  private request: number;
  /** True while the greenlet has been given something that it has not begun to use. */
  private isGranted: boolean;
  /** The link that keeps the event loop alive during the wait. */
  private held: Link | null;

  /** @param isSure true if the asker must know how the request ends after a cancellation: see `askSurely()` */
  constructor(question: Question, isSure = false) {
    super();
    this.question = question;
    this.isSure = isSure;
    this.request = 0;
    this.isGranted = false;
    this.held = null;
    this.withdrawal = null;
  }

  describe(): string {
    return this.question.describe();
  }

  protected override get isForOthers(): boolean {
    return true;
  }

  protected override register(): void {
    const { home, object, method, isOwn } = this.question;
    requests += 1;
    this.request = requests;
    try {
      const fields = [this.request, object, method, ...this.question.fields()];
      const isSent = isOwn ? network.sendOwn(home, code.CALL, ...fields) : network.send(home, code.CALL, fields);
      if (!isSent) throw lostWhile(this.question);
    } catch (error) {
      this.fail(error);
      return;
    }
    pending.set(this.request, this as Ask<unknown>);
    this.held = network.hold(home);
  }

  protected override unregister(): void {
    if (!pending.has(this.request)) return;
    this.over();
    const { home } = this.question;
    if (this.isSure) this.withdrawal = new Withdrawal(this.question);
    cancelled.set(this.request, { home, withdrawal: this.withdrawal });
    network.sendOwn(home, code.CANCEL, this.request);
  }

  protected override reset(): void {
    this.request = 0;
    this.isGranted = false;
    this.held = null;
    this.withdrawal = null;
  }

  override next(value?: unknown): IteratorResult<Suspend, T> {
    const result = super.next(value);
    // The message leaves at the end of this job or later. So if this process ends by force before the program has used the value, the
    // maker still has it.
    if (this.isGranted && result.done === true) {
      this.isGranted = false;
      const { question, request } = this;
      whenReceived(kernel.current, () => network.sendOwn(question.home, code.ACKNOWLEDGE, request));
    }
    return result;
  }

  protected override cancelled(): void {
    if (this.isGranted) this.reject();
  }

  /** @internal */
  answer(value: unknown, isGrant: boolean): void {
    this.over();
    this.isGranted = isGrant;
    if (isGrant && isAside(this)) {
      // Another branch of the race has its turn. The maker takes the grant back, and this branch asks for it again.
      this.reject();
      this.register();
    } else this.complete(value as T);
  }

  private reject(): void {
    this.isGranted = false;
    network.sendOwn(this.question.home, code.REJECT, this.request);
  }

  /** @internal */
  refuse(error: unknown): void {
    this.over();
    this.fail(error);
  }

  /** @internal Returns true if it waits for an answer of this node. */
  asks(node: string): boolean {
    return this.question.home === node;
  }

  /** @internal The maker has ended. */
  lose(): void {
    this.refuse(lostWhile(this.question));
  }

  private over(): void {
    pending.delete(this.request);
    network.letGo(this.held);
    this.held = null;
  }
}

/** Waits for the answer to a question. If it is cancelled, it waits for the maker: either it is fulfilled or it is cancelled. */
export function* askSurely<T>(question: Question): Coroutine<T> {
  const ask = new Ask<T>(question, true);
  try {
    return yield* ask;
  } catch (error) {
    const { withdrawal } = ask;
    if (withdrawal === null) throw error;
    const { isFulfilled, value } = yield* shield(() => withdrawal.end());
    if (isFulfilled) return value as T;
    throw error;
  }
}

class Withdrawal {
  private readonly question: Question;
  private readonly heard = new Event();
  private readonly ended = new AsyncResult<End>();

  constructor(question: Question) {
    this.question = question;
  }

  *end(): Coroutine<End> {
    const held = network.hold(this.question.home);
    try {
      if (!(yield* this.heard.wait({ timeout: HEARD_WITHIN }))) throw lostWhile(this.question);
      return yield* this.ended.get();
    } finally {
      network.letGo(held);
    }
  }

  hear(): void {
    this.heard.set();
  }

  settle(end: End): void {
    this.heard.set();
    this.ended.set(end);
  }

  lose(): void {
    this.heard.set();
    this.ended.setException(lostWhile(this.question));
  }
}

function lostWhile(question: Question): ConnectionLostError {
  return new ConnectionLostError(`the process that could provide ${question.describe()} has ended or does not answer`);
}

interface Order {
  /** Who gave it. */
  readonly greenlet: RawGreenlet;
  /** Where; null for an order that the maker refuses only if something is wrong with it. */
  readonly place: Error | null;
}

/** The orders that may still be refused. The oldest are dropped. */
const orders = new Map<number, Order>();
const ORDERS_KEPT = 1_024;
let lastOrder = 0;

/**
 * Has the maker do what has no answer. If the maker refuses it, the hub's `handleError` gets the error.
 *
 * @param mayBeRefused true if the caller may have misused the object. Then the error has the stack of the call, which takes a few
 *   microseconds
 * @returns false if the maker has ended; then nothing is sent
 */
export function order(
  home: string,
  object: string,
  method: string,
  fields: readonly unknown[],
  mayBeRefused: boolean,
): boolean {
  lastOrder += 1;
  orders.set(lastOrder, { greenlet: kernel.current, place: mayBeRefused ? new Error(`${method}()`) : null });
  orders.delete(lastOrder - ORDERS_KEPT);
  return network.sendOwn(home, code.ORDER, lastOrder, object, method, ...fields);
}

/** Creates an object at its maker. */
export function create(home: string, object: string, kind: string, fields: readonly unknown[]): void {
  network.sendOwn(home, code.CREATE, object, kind, ...fields);
}

network.handle(code.ANSWER, (from, [request, value, isGrant]) => {
  const ask = pending.get(request as number);
  if (ask !== undefined) {
    ask.answer(value, isGrant === true);
    return;
  }
  const withdrawal = endCancelled(request as number);
  if (withdrawal !== null) withdrawal.settle({ isFulfilled: true, value });
  if (isGrant === true) network.sendOwn(from, withdrawal === null ? code.REJECT : code.ACKNOWLEDGE, request);
});

network.handle(code.FAILURE, (_, [request, error]) => {
  const ask = pending.get(request as number);
  if (ask !== undefined) ask.refuse(decodeError(error as Encoded));
  else endCancelled(request as number)?.settle({ isFulfilled: false });
});

network.handle(code.CANCELLING, (_, [request]) => cancelled.get(request as number)?.withdrawal?.hear());

network.handle(code.CANCELLED, (_, [request]) => endCancelled(request as number)?.settle({ isFulfilled: false }));

network.handle(code.REFUSED, (_, [number, error]) => {
  const given = orders.get(number as number);
  const refused = decodeError(error as Encoded) as Error;
  if (given === undefined) throw refused;
  const [, ...frames] = (given.place?.stack ?? '').split('\n');
  if (frames.length > 0) refused.stack = [`${refused.name}: ${refused.message}`, ...frames].join('\n');
  hub.tell(given.greenlet, refused);
});

network.onGone((node) => {
  for (const ask of [...pending.values()]) if (ask.asks(node)) ask.lose();
  for (const [request, { home, withdrawal }] of [...cancelled]) {
    if (home !== node) continue;
    cancelled.delete(request);
    withdrawal?.lose();
  }
});

function endCancelled(request: number): Withdrawal | null {
  const { withdrawal = null } = cancelled.get(request) ?? {};
  cancelled.delete(request);
  return withdrawal;
}
