import type { Transferable } from 'node:worker_threads';
import { host } from '../../hub/loop/host.ts';
import { onExit, onLoopEmpty } from '../../hub/loop/host-process.ts';
import { hub } from '../../hub/loop/hub.ts';
import { MainWait } from '../../hub/loop/main-wait.ts';
import type { Channel } from '../channel/channel.ts';
import { encodeError } from '../travel/encode.ts';
import type { Way } from '../travel/shareable.ts';
import { Polling } from './polling.ts';

/** The first field of each message says what it is. Handlers are registered for it. */
export const code = {
  /** A node has started a child, so that all nodes above it know the way to it. */
  NEW: 0,
  /** Nodes have ended. */
  GONE: 1,
  /** A request to the maker of a shared object, and what it is answered with: see `asking.ts` and `maker.ts`. */
  CALL: 2,
  ANSWER: 3,
  FAILURE: 4,
  ACKNOWLEDGE: 5,
  REJECT: 6,
  CANCEL: 7,
  CANCELLING: 8,
  CANCELLED: 9,
  ORDER: 10,
  REFUSED: 11,
  CREATE: 12,
  /** Between a parent and its child: the life of a `Process`, the tasks of a pool. */
  PROCESS: 13,
} as const;

type Code = (typeof code)[keyof typeof code];
/** Receives the id of the sender and the fields after the code. */
type Handler = (from: string, fields: readonly unknown[]) => void;
/**
 * What is sent over a channel: receiver, sender, code, fields. NEAR stands for the node at the end of the channel, which is nearly
 * always meant.
 */
type Envelope = [to: string, from: string, code: Code, ...fields: unknown[]];

const NEAR = '';
/** How many fields come before those of the message itself. */
const HEADER = 3;

/** How many ids a message has at most. A channel may be limited to a kilobyte. */
const GONE_AT_ONCE = 10;

/** So many nodes that have ended are remembered. Nobody asks for older ones. */
const REMEMBERED = 4_096;

/** A channel to a neighbour, with all nodes that are reached over it. */
class Link {
  readonly channel: Channel;
  /** The node at the other end. */
  readonly neighbour: string;
  readonly ids = new Set<string>();
  /** Receives messages without an envelope. */
  onShort: ((message: readonly unknown[]) => void) | null = null;
  private holds = 0;
  /** True while the channel keeps the event loop alive. */
  private isRef = false;
  /** Messages that wait for the end of the present job, to be sent together: a message of its own costs more than its content. */
  private outbox: Envelope[] = [];
  /** True once the process ends: nothing can be sent later. */
  private isLast = false;
  /** Null for processes, which cannot be asked without a turn of the event loop. */
  private readonly polling: Polling | null;

  constructor(channel: Channel, neighbour: string) {
    this.channel = channel;
    this.neighbour = neighbour;
    this.polling = channel.receiveNow === undefined ? null : new Polling(() => this.receiveNow());
  }

  /** The name of a node in messages over this link. */
  shortOf(id: string): string {
    return id === this.neighbour ? NEAR : id;
  }

  /** Sends a message that contains objects of the program, which may change them later. */
  post(envelope: Envelope, transfer?: readonly Transferable[]): void {
    this.flush();
    this.channel.post(envelope, transfer);
    if (this.isLast) this.channel.flush?.();
  }

  /**
   * Sends a message whose content nobody changes, together with others. Over a channel with a limit each goes alone, so that whoever
   * sends a longer one gets the error.
   */
  postOwn(envelope: Envelope): void {
    if (this.channel.isLimited === true || this.isLast) {
      this.post(envelope);
      return;
    }
    this.outbox.push(envelope);
    if (this.outbox.length === 1) host.microtask(() => this.flush());
  }

  /** Looks for the next message for a moment. Call this when something has been sent that is answered soon. */
  poll(): void {
    if (this.polling === null) return;
    this.flush();
    this.polling.poll(this.channel.received ?? 0);
  }

  /** Sends all messages now, and later ones at once, because no other job follows. */
  end(): void {
    this.isLast = true;
    this.flush();
    this.channel.flush?.();
  }

  private receiveNow(): boolean {
    if (this.channel.receiveNow?.() !== true) return false;
    // Microtasks do not run meanwhile.
    this.flush();
    return true;
  }

  private flush(): void {
    const { outbox } = this;
    if (outbox.length === 0) return;
    this.outbox = [];
    this.channel.post(outbox.length === 1 ? outbox[0] : outbox);
  }

  hold(): void {
    this.holds += 1;
    if (this.isRef) return;
    this.isRef = true;
    this.channel.ref();
  }

  letGo(): void {
    this.holds -= 1;
  }

  /** Lets the event loop end if nothing holds the link. This is not done in `letGo()`, because the next request often follows. */
  settle(): void {
    if (!this.isRef || this.holds > 0) return;
    this.isRef = false;
    this.channel.unref();
  }
}

/**
 * This thread's place among all threads and processes of the program. Each thread is a *node*. Nodes form a tree: a node has a
 * channel to its parent and one to each of its children. A node knows the way to all nodes below it; for any other node it asks
 * its parent. Managers are reached over channels of their own.
 *
 *     main ──┬── thread 1 ── process 3          a message from process 3 to process 2 goes
 *            └── process 2                      by thread 1 and main
 */
class Network {
  /** This node. */
  id: string = newId();
  /** The main thread of this process, where the shared objects of all its threads live. */
  home: string = this.id;
  private parent: Link | null = null;
  private readonly routes = new Map<string, Link>();
  private readonly links = new Set<Link>();
  private readonly gone = new Set<string>();
  private readonly goneListeners = new Set<(id: string) => void>();
  private readonly handlers: (Handler | undefined)[] = [];
  /** The neighbours that may wake greenlets of this node, while main waits: see `stay()`. */
  private staying: Link[] = [];
  private isWatching = false;
  private willSettle = false;
  /** The links over which a request was sent since the last drain. */
  private readonly asked = new Set<Link>();

  /** Tells whether this node knows any shared object. Set by `shared/shared.ts`. */
  sharesObjects: () => boolean = () => false;

  /** Registers what to do with messages of a kind. */
  handle(kind: Code, handler: Handler): void {
    this.handlers[kind] = handler;
  }

  /** Calls `listener` with each node that has ended. */
  onGone(listener: (id: string) => void): void {
    this.goneListeners.add(listener);
  }

  isGone(id: string): boolean {
    return this.gone.has(id);
  }

  /** True if the node is a thread of this process, so that memory can be shared with it. */
  isOfThisProcess(id: string): boolean {
    return id.split('/', 1)[0] === this.home.split('/', 1)[0];
  }

  /** Describes the way of a message to a node, for `encode()`. */
  wayTo(id: string, use: Way['use']): Way {
    return { toThread: this.isOfThisProcess(id), use };
  }

  /** Joins the program as a child. Called once, before the child's own code runs. */
  joinParent(channel: Channel, parent: string, id: string): void {
    this.id = id;
    this.home = id.split('/', 1)[0] as string;
    this.parent = this.join(new Link(channel, parent));
    this.watchLoop();
  }

  /** Makes an id for a child that is about to be started. */
  idForChild(kind: 'process' | 'thread'): string {
    return kind === 'process' ? newId() : `${this.home}/${randomText()}`;
  }

  /** Adds a child, whose id comes from `idForChild()`. */
  joinChild(channel: Channel, id: string): void {
    this.join(new Link(channel, id));
    this.watchLoop();
    this.tellAbove(id);
  }

  /**
   * Adds a node of another program: a manager, or a client of one. Nodes above this one reach it through this one.
   *
   * @param onNonsense called with the error if a message is none of ours. The connection is closed then
   */
  joinPeer(channel: Channel, id: string, onNonsense: (error: unknown) => void): void {
    const link = this.join(new Link(channel, id));
    channel.onMessage((message) => {
      try {
        this.receiveAll(message, link);
      } catch (error) {
        onNonsense(error);
        channel.close();
      }
    });
    this.watchLoop();
    this.tellAbove(id);
  }

  /**
   * Sends a message to a node. It is copied at once. Messages to one node arrive in the order in which they were sent.
   *
   * @returns false if the node is gone; then nothing is sent
   */
  send(to: string, kind: Code, fields: readonly unknown[], transfer?: readonly Transferable[]): boolean {
    const link = this.linkTo(to);
    link?.post([link.shortOf(to), NEAR, kind, ...fields], transfer);
    return link !== undefined;
  }

  /** Sends a message like `send()`. Nobody may change what it contains, because it is copied only at the end of the present job. */
  sendOwn(to: string, kind: Code, ...fields: readonly unknown[]): boolean {
    const link = this.linkTo(to);
    link?.postOwn([link.shortOf(to), NEAR, kind, ...fields]);
    return link !== undefined;
  }

  /**
   * Sends a neighbour a message without an envelope, which costs less. Between two nodes, all messages keep their order.
   *
   * @param message begins with a number
   */
  sendShort(neighbour: string, message: readonly unknown[], transfer?: readonly Transferable[]): void {
    this.linkTo(neighbour)?.post(message as never, transfer);
  }

  /** Receives the messages without an envelope of a neighbour. */
  onShort(neighbour: string, listener: (message: readonly unknown[]) => void): void {
    const link = this.linkTo(neighbour);
    if (link !== undefined) link.onShort = listener;
  }

  /** The id of the parent; an empty text if there is none. */
  get parentId(): string {
    return this.parent?.neighbour ?? '';
  }

  /** Keeps the event loop alive while an answer of the node is due. Returns what `letGo()` needs; null if the node is gone. */
  hold(id: string): Link | null {
    const link = this.linkTo(id) ?? null;
    link?.hold();
    if (link !== null) this.asked.add(link);
    return link;
  }

  /** Undoes `hold()`. The node may be gone meanwhile, and its link lead to others. */
  letGo(held: Link | null): void {
    held?.letGo();
    this.settleLater();
  }

  private settleLater(): void {
    if (this.willSettle) return;
    this.willSettle = true;
    host.nextTurn(() => {
      this.willSettle = false;
      for (const link of this.links) link.settle();
    });
  }

  private linkTo(id: string): Link | undefined {
    if (this.gone.has(id)) return undefined;
    return this.routes.get(id) ?? this.parent ?? undefined;
  }

  private join(link: Link): Link {
    const { channel, neighbour } = link;
    this.links.add(link);
    this.learn(neighbour, link);
    channel.onMessage((message) => {
      if (link.onShort !== null && isShort(message)) link.onShort(message);
      else {
        this.receiveAll(message, link);
        link.poll();
      }
    });
    channel.onClose(() => this.lose(link));
    return link;
  }

  /** @param message one envelope, or several that were sent together */
  private receiveAll(message: unknown, link: Link): void {
    const [first] = message as Envelope | Envelope[];
    if (typeof first === 'string') this.receive(message as Envelope, link);
    else for (const envelope of message as Envelope[]) this.receive(envelope, link);
  }

  private learn(id: string, link: Link): void {
    // A route through a child must not replace our own connection to a Manager, because the child may end first.
    if (link.neighbour !== id && this.routes.get(id)?.neighbour === id) return;
    this.routes.get(id)?.ids.delete(id);
    this.routes.set(id, link);
    link.ids.add(id);
    // A node of another program may come back.
    this.gone.delete(id);
  }

  private receive(envelope: Envelope, link: Link): void {
    const [to, sender, kind] = envelope;
    const from = sender === NEAR ? link.neighbour : sender;
    if (!link.ids.has(from) && link !== this.parent) this.learn(from, link);
    if (to !== NEAR && to !== this.id) {
      this.forward(envelope, from, link);
      return;
    }
    const fields = envelope.slice(HEADER);
    if (kind === code.NEW) {
      const [id] = fields as [string];
      this.learn(id, link);
      this.tellAbove(id);
    } else if (kind === code.GONE) this.end(fields as string[], link);
    else {
      const handler = this.handlers[kind];
      if (handler === undefined) throw new Error(`greenhub/process received a message of the unknown kind ${kind}`);
      handler(from, fields);
    }
  }

  private forward([to, , kind, ...fields]: Envelope, sender: string, origin: Link): void {
    const link = this.routes.get(to) ?? (this.parent === origin ? undefined : (this.parent ?? undefined));
    if (link === undefined) {
      origin.postOwn([origin.shortOf(sender), NEAR, code.GONE, to]);
      return;
    }
    try {
      link.postOwn([link.shortOf(to), sender, kind, ...fields]);
    } catch (error) {
      this.refuse([to, sender, kind, ...fields], error);
    }
  }

  /** A message is too long for the connection to its receiver. Whoever waits for an answer is told. */
  private refuse([to, from, kind, request, , isGrant]: Envelope, error: unknown): void {
    const failure = encodeError(error, { toThread: false, use: 'result' });
    const post = (...envelope: Envelope): void => this.linkTo(envelope[0])?.postOwn(envelope);
    if (kind === code.CALL) post(from, to, code.FAILURE, request, failure);
    if (kind === code.ORDER) post(from, to, code.REFUSED, request, failure);
    if (kind === code.ANSWER) post(to, from, code.FAILURE, request, failure);
    if (kind === code.ANSWER && isGrant === true) post(from, to, code.REJECT, request);
  }

  private tellAbove(id: string): void {
    if (this.parent === null) return;
    this.parent.postOwn([NEAR, NEAR, code.NEW, id]);
  }

  private lose(link: Link): void {
    if (!this.links.delete(link)) return;
    this.staying = this.staying.filter((each) => each !== link);
    if (link === this.parent) this.parent = null;
    this.end([...link.ids], link);
  }

  /**
   * Nodes have ended. Every neighbour but the one that says so is told. A manager that has ended for a neighbour may still be
   * reached over another one.
   */
  private end(ids: readonly string[], source: Link): void {
    const fresh = ids.filter((id) => !this.gone.has(id) && (this.routes.get(id) ?? source) === source);
    if (fresh.length === 0) return;
    for (const id of fresh) {
      this.gone.add(id);
      if (this.gone.size > REMEMBERED) this.gone.delete(this.gone.values().next().value as string);
      this.routes.get(id)?.ids.delete(id);
      this.routes.delete(id);
    }
    for (const link of this.links) {
      if (link === source) continue;
      for (let at = 0; at < fresh.length; at += GONE_AT_ONCE) {
        link.postOwn([NEAR, NEAR, code.GONE, ...fresh.slice(at, at + GONE_AT_ONCE)]);
      }
    }
    for (const id of fresh) for (const listener of this.goneListeners) listener(id);
  }

  /**
   * The event loop is empty, but code in main still waits. A child may wake it, and so may whoever shares an object with this
   * node. So this is no deadlock: the channels keep the loop alive until something has run.
   */
  private stay(): boolean {
    const isAwaited = [...hub.living()].some((greenlet) => greenlet instanceof MainWait);
    if (!isAwaited || this.staying.length > 0 || this.links.size === 0) return false;
    const onlyParent = this.links.size === 1 && this.parent !== null;
    if (onlyParent && !this.sharesObjects()) return false;
    this.staying = [...this.links];
    for (const link of this.staying) link.hold();
    return true;
  }

  private watchLoop(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    onLoopEmpty(() => this.stay());
    // set(), release() and other calls that act at once must have acted even if process.exit() follows.
    onExit(() => {
      for (const link of this.links) link.end();
    });
    hub.afterDrain.add(() => {
      for (const link of this.asked) {
        this.asked.delete(link);
        link.poll();
      }
      for (const link of this.staying.splice(0)) {
        link.letGo();
        this.settleLater();
      }
    });
  }
}

function isShort(message: unknown): message is readonly unknown[] {
  return typeof (message as readonly unknown[])[0] === 'number';
}

function newId(): string {
  return `${process.pid}.${randomText()}`;
}

/** Ids are no secrets. They only differ. */
function randomText(): string {
  return Math.random().toString(36).slice(2);
}

export type { Link };

export const network = new Network();
