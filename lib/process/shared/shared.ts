import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import { operation } from '../../greenlet/operation.ts';
import { line, Shown, TEXT } from '../../greenlet/shown.ts';
import { nameOf } from '../../sync/named.ts';
import { ConnectionLostError } from '../errors.ts';
import { Ask, askSurely, create, order, type Question } from '../network/asking.ts';
import { answering, Grant, make, makes, offer, type Service, serviceOf } from '../network/maker.ts';
import { network } from '../network/network.ts';
import { Turn } from '../network/turn.ts';
import { type Uses, usesOf } from '../network/turn-taking.ts';
import { type Reference, restoresWith, type Shareable, TRAVEL, type Way } from '../travel/shareable.ts';
import { numberOfCurrent } from './holdings.ts';

/** An object that exists already: what a reference to it says. */
export class Known {
  readonly home: string;
  readonly object: string;
  readonly name: string;
  /** The fields that never change. */
  readonly fields: readonly unknown[];

  constructor(home: string, object: string, name: string, fields: readonly unknown[]) {
    this.home = home;
    this.object = object;
    this.name = name;
    this.fields = fields;
  }
}

let made = 0;
/** The objects that this thread knows, so that there is one for each shared object. */
const present = new Map<string, WeakRef<Shared>>();
network.sharesObjects = () => present.size > 0;
const dropped = new FinalizationRegistry<string>((object) => {
  if (present.get(object)?.deref() === undefined) present.delete(object);
});

/**
 * The base class of what is shared between threads and processes. The object itself, an ordinary one of greenhub, lives in the
 * process that has made it. Threads of other processes, and other threads of this one, send their requests there.
 */
export abstract class Shared extends Shown implements Shareable {
  /** Its name in messages. */
  name: string;
  /** The node where the object itself lives. */
  protected readonly home: string;
  /** @internal Its id. */
  readonly object: string;
  private readonly kind: string;
  /** The object itself, if it lives in this thread. */
  protected readonly service: Service | null;
  /** Null if no other thread can use it, or it lives in another one. */
  private uses: Uses | null;

  /**
   * @param fields what the object is made with; it is structured-cloneable
   * @param home the node where a new object is made
   */
  constructor(kind: string, known: Known | undefined, fields: readonly unknown[], home = network.home) {
    super();
    // Programs in JavaScript may give other arguments, which the classes of greenhub ignore.
    const given = known instanceof Known ? known : undefined;
    this.kind = kind;
    this.name = given?.name ?? nameOf(kind);
    this.home = given?.home ?? home;
    if (given === undefined) {
      made += 1;
      this.object = `${network.id}:${made}`;
      this.service = this.home === network.id ? make(kind, fields) : null;
      if (this.service === null) create(this.home, this.object, kind, fields);
    } else {
      this.object = given.object;
      this.service = this.home === network.id ? (serviceOf(this.object) ?? null) : null;
    }
    this.uses = this.service === null ? null : usesOf(this.object);
    present.set(this.object, new WeakRef(this));
    dropped.register(this, this.object);
  }

  /** @internal */
  [TEXT](): string {
    return line(this.constructor.name, this.name, this.service === null ? 'of another thread or process' : 'shared');
  }

  /** @internal The node where the object itself lives. */
  get maker(): string {
    return this.home;
  }

  /** @internal Lets other objects and other nodes refer to it. Returns its id. */
  offered(): string {
    if (this.service !== null) {
      offer(this.object, this.service);
      this.uses = usesOf(this.object);
    }
    return this.object;
  }

  /** @internal */
  [TRAVEL](_way?: Way): Reference {
    this.offered();
    return { kind: this.kind, data: [this.home, this.object, this.name, this.fixed()] };
  }

  /** Tells whether the event loop must turn before it is used here, so that the requests of others arrive. */
  protected mustWaitForOthers(): boolean {
    return this.uses?.mustWaitForOthers() ?? false;
  }

  /** True if the object itself lives in this thread. */
  protected get isHere(): boolean {
    return this.service !== null;
  }

  /** The fields that never change, which each copy has. */
  protected fixed(): readonly unknown[] {
    return [];
  }

  /** Asks the object. What is taken comes back if the wait is cancelled. */
  protected ask<T>(method: string, options?: object): Operation<T> {
    return this.askWith(method, options === undefined ? [] : [{ ...options }]);
  }

  /** @param fields nobody may change them */
  protected askWith<T>(method: string, fields: readonly unknown[]): Operation<T> {
    if (this.service !== null) return operation(() => this.askHere<T>(method, fields), `${method}()`);
    return new Ask<T>(new Request(this, method, () => fields, true));
  }

  /**
   * Asks for something that takes effect at the object, such as `put()`. A cancellation waits until it is known whether it has.
   *
   * @param fields called when the operation begins
   * @param isOwn true if nobody changes the fields
   */
  protected askSurely<T>(method: string, fields: () => readonly unknown[], isOwn = false): Operation<T> {
    return operation(
      () =>
        this.service === null
          ? askSurely<T>(new Request(this, method, fields, isOwn))
          : this.askHere<T>(method, fields()),
      `${method}()`,
    );
  }

  /**
   * Has something done at once.
   *
   * @param mayBeRefused true if only the object itself can tell whether the call is right
   * @throws ConnectionLostError if the process that made it has ended
   */
  protected order(method: string, fields: readonly unknown[] = [], mayBeRefused = false): void {
    if (this.ordered(method, numberOfCurrent(), fields, mayBeRefused)) return;
    throw new ConnectionLostError(`${method}() of ${this.name}: the process that made it has ended`);
  }

  /** Tells that a greenlet has ended. If the process that made this has ended too, nobody needs to know. */
  protected tellEnd(greenlet: number): void {
    this.ordered('abandon', greenlet, [], false);
  }

  private ordered(method: string, greenlet: number, fields: readonly unknown[], mayBeRefused: boolean): boolean {
    if (this.service === null) return order(this.home, this.object, method, [greenlet, ...fields], mayBeRefused);
    this.service.order(method, fields, { node: network.id, greenlet });
    return true;
  }

  /** @internal What a request waits for, in messages. */
  describeWait(method: string): string {
    return `${method}() of ${this.name}`;
  }

  private *askHere<T>(method: string, fields: readonly unknown[]): Coroutine<T> {
    if (this.mustWaitForOthers()) yield* new Turn();
    const taker = { node: network.id, greenlet: numberOfCurrent() };
    const answer = yield* answering(this.service as Service, method, fields, taker);
    if (!(answer instanceof Grant)) return answer as T;
    answer.acknowledged();
    return answer.value as T;
  }
}

/** A request to the object itself. */
class Request implements Question {
  readonly method: string;
  readonly isOwn: boolean;
  private readonly shared: Shared;
  private readonly given: () => readonly unknown[];

  constructor(shared: Shared, method: string, given: () => readonly unknown[], isOwn: boolean) {
    this.shared = shared;
    this.method = method;
    this.given = given;
    this.isOwn = isOwn;
  }

  get home(): string {
    return this.shared.maker;
  }

  get object(): string {
    return this.shared.object;
  }

  fields(): readonly unknown[] {
    return [numberOfCurrent(), ...this.given()];
  }

  describe(): string {
    return this.shared.describeWait(this.method);
  }
}

/**
 * Registers a kind of shared object.
 *
 * @param Class makes what other threads and processes have. There is one object for each in a thread
 * @param serve makes the object itself
 */
export function shares<Fields extends unknown[]>(
  kind: string,
  Class: new (known: Known) => Shared,
  serve: (...fields: Fields) => Service,
): void {
  makes(kind, serve as (...fields: unknown[]) => Service);
  // A bundle may contain a class of greenhub with the same name, and then renames one of them.
  Object.defineProperty(Class, 'name', { value: Class.name.replace(/\d+$/, ''), configurable: true });
  restoresWith<[home: string, object: string, name: string, fields: readonly unknown[]]>(
    kind,
    ([home, object, name, fields]) => present.get(object)?.deref() ?? new Class(new Known(home, object, name, fields)),
  );
}
