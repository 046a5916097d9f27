/**
 * The maker's side: it runs the ordinary objects of greenhub on behalf of the greenlets of other threads and processes. Each
 * request runs in a greenlet of its own, begun in the order of arrival, so requests of one node keep their order.
 */
import { GreenletExit, isA } from '../../greenlet/errors.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { encodeError } from '../travel/encode.ts';
import { code, network } from './network.ts';
import { isOver, mayBeUsed, wasUsed } from './turn-taking.ts';

/** Who asks: a greenlet of a node. */
export interface Taker {
  readonly node: string;
  /** A number that is unique in the node; 0 for code in main. */
  readonly greenlet: number;
}

/** An answer that can be taken back until it is acknowledged. */
export class Grant {
  readonly value: unknown;
  /** Called if the asker has ended or was cancelled before it could use the value. */
  readonly takeBack: () => void;
  /** Called if the asker uses the value, so that it cannot come back. */
  readonly acknowledged: () => void;

  constructor(value: unknown, takeBack: () => void, acknowledged: () => void = () => {}) {
    this.value = value;
    this.takeBack = takeBack;
    this.acknowledged = acknowledged;
  }
}

/** What `answer()` returns if the request must wait. */
export const WAITS = Symbol('waits');

/** An object that other nodes use. */
export interface Service {
  /** Answers a request that need not wait. Returns the value, or a Grant; or WAITS, and then it has changed nothing. */
  answer(method: string, fields: readonly unknown[], taker: Taker): unknown;
  /** Answers a request for which `answer()` returned WAITS. Returns the value, or a Grant. */
  answerLater?(method: string, fields: readonly unknown[], taker: Taker): Coroutine<unknown>;
  /** Does what has no answer. What it throws is reported to the caller's hub. */
  order(method: string, fields: readonly unknown[], taker: Taker): void;
  /** A node has ended: what it held comes back. */
  leave?(node: string): void;
  /** True once no node can use it any more, so that it can be forgotten. */
  readonly isOver?: boolean;
}

type Factory = (...fields: unknown[]) => Service;

const factories = new Map<string, Factory>();
const services = new Map<string, Service>();

/** The requests under way and the grants that are not acknowledged, of each node. */
class Client {
  readonly requests = new Map<number, Greenlet<unknown>>();
  readonly grants = new Map<number, Grant>();
}

const clients = new Map<string, Client>();

/** Registers how to make an object of a kind. */
export function makes(kind: string, factory: Factory): void {
  factories.set(kind, factory);
}

/** Lets other nodes reach an object of this process. */
export function offer(object: string, service: Service): void {
  services.set(object, service);
  mayBeUsed(object);
}

/** Forgets an object that nobody uses any more. */
export function withdraw(object: string): void {
  services.delete(object);
  isOver(object);
}

export function serviceOf(object: string): Service | undefined {
  return services.get(object);
}

/** Makes an object of a kind. If that fails, whoever uses the object gets the error. */
function madeOrBroken(kind: string, fields: readonly unknown[]): Service {
  try {
    return make(kind, fields);
  } catch (error) {
    const refuse = (): never => {
      throw error;
    };
    return { answer: refuse, order: refuse };
  }
}

/** Makes an object of a kind. */
export function make(kind: string, fields: readonly unknown[]): Service {
  const factory = factories.get(kind);
  if (factory === undefined) throw new Error(`greenhub/process cannot make an object of the unknown kind "${kind}"`);
  return factory(...fields);
}

function clientOf(node: string): Client {
  let client = clients.get(node);
  if (client === undefined) {
    client = new Client();
    clients.set(node, client);
  }
  return client;
}

/**
 * The greenlet of the latest request or order. Those behind it may not overtake it, so they need greenlets too until it has begun.
 */
let latest: Greenlet<void> | null = null;

/** What is given begins behind the number of the request, the object, the method and the greenlet. */
const GIVEN = 4;

/** Tells whether a request or an order can be carried out at once, without a greenlet. */
function haveAllBegun(): boolean {
  if (latest !== null && !latest.started && !latest.ready()) return false;
  latest = null;
  return true;
}

/** Answers a request if that needs no wait. */
function answerNow(node: string, request: number, fields: readonly unknown[]): boolean {
  const [, object, method, greenlet] = fields as [number, string, string, number];
  wasUsed(object);
  let answer: unknown;
  try {
    answer = needed(object).answer(method, fields.slice(GIVEN), { node, greenlet });
  } catch (error) {
    fail(node, request, error);
    return true;
  }
  if (answer === WAITS) return false;
  reply(clientOf(node), node, request, answer);
  return true;
}

const serve = helper(function* serve(node: string, request: number, fields: readonly unknown[]): Coroutine<void> {
  const [, object, method, greenlet] = fields as [number, string, string, number];
  const client = clientOf(node);
  wasUsed(object);
  let isAnswered = false;
  try {
    const answer = yield* answering(needed(object), method, fields.slice(GIVEN), { node, greenlet });
    isAnswered = true;
    reply(client, node, request, answer);
  } catch (error) {
    if (isAnswered) throw error;
    isAnswered = true;
    const isCancelled = client.requests.get(request) === undefined;
    if (isCancelled) network.sendOwn(node, code.CANCELLED, request);
    // Somebody has killed the greenlet because this process ends. The asker hears of that.
    else if (!isA(error, GreenletExit)) fail(node, request, error);
  } finally {
    client.requests.delete(request);
    if (!isAnswered) network.sendOwn(node, code.CANCELLED, request);
  }
});

/** Answers a request, now or later. */
export function* answering(
  service: Service,
  method: string,
  fields: readonly unknown[],
  taker: Taker,
): Coroutine<unknown> {
  const answer = service.answer(method, fields, taker);
  return answer === WAITS ? yield* (service as Required<Service>).answerLater(method, fields, taker) : answer;
}

function fail(node: string, request: number, error: unknown): void {
  network.send(node, code.FAILURE, [request, encodeError(error, network.wayTo(node, 'result'))]);
}

function reply(client: Client, node: string, request: number, answer: unknown): void {
  const grant = answer instanceof Grant ? answer : null;
  let isSent = false;
  try {
    // Values stay as they are while they are stored, so nobody changes them before they are sent.
    if (grant === null) isSent = network.sendOwn(node, code.ANSWER, request, answer);
    else isSent = network.sendOwn(node, code.ANSWER, request, grant.value, true);
  } catch (error) {
    // It is too long for the connection.
    fail(node, request, error);
  }
  if (grant === null) return;
  if (isSent) client.grants.set(request, grant);
  else grant.takeBack();
}

const obeyLater = helper(function* obey(node: string, fields: readonly unknown[]): Coroutine<void> {
  obey(node, fields);
});

function obey(node: string, fields: readonly unknown[]): void {
  const [number, object, method, greenlet] = fields as [number, string, string, number];
  try {
    const service = needed(object);
    service.order(method, fields.slice(GIVEN), { node, greenlet });
    if (service.isOver) withdraw(object);
  } catch (error) {
    network.send(node, code.REFUSED, [number, encodeError(error, network.wayTo(node, 'result'))]);
  }
}

function needed(object: string): Service {
  const service = services.get(object);
  if (service === undefined) throw new ReferenceError(`there is no shared object ${object} in this process`);
  return service;
}

network.handle(code.CALL, (from, fields) => {
  const request = fields[0] as number;
  if (haveAllBegun() && answerNow(from, request, fields)) return;
  latest = spawn(serve, from, request, fields);
  clientOf(from).requests.set(request, latest);
});

network.handle(code.ORDER, (from, fields) => {
  if (haveAllBegun()) obey(from, fields);
  else latest = spawn(obeyLater, from, fields);
});

network.handle(code.CREATE, (_, [object, kind, ...fields]) => {
  // An object with a name is made by whoever asks for it first.
  if (!services.has(object as string)) offer(object as string, madeOrBroken(kind as string, fields));
});

network.handle(code.CANCEL, (from, [request]) => {
  const client = clientOf(from);
  const greenlet = client.requests.get(request as number);
  if (greenlet === undefined) return;
  network.sendOwn(from, code.CANCELLING, request);
  client.requests.delete(request as number);
  greenlet.kill();
  // A greenlet that is killed before its first run does not run.
  if (greenlet.ready()) network.sendOwn(from, code.CANCELLED, request);
});

network.handle(code.ACKNOWLEDGE, (from, [request]) => closedGrant(from, request as number)?.acknowledged());

network.handle(code.REJECT, (from, [request]) => closedGrant(from, request as number)?.takeBack());

function closedGrant(node: string, request: number): Grant | undefined {
  const { grants } = clientOf(node);
  const grant = grants.get(request);
  grants.delete(request);
  return grant;
}

network.onGone((node) => {
  const client = clients.get(node);
  clients.delete(node);
  if (client !== undefined) {
    for (const greenlet of client.requests.values()) greenlet.kill();
    // Last in, first out: each item goes back to the front of its queue.
    for (const grant of [...client.grants.values()].reverse()) grant.takeBack();
  }
  for (const [object, service] of services) {
    service.leave?.(node);
    if (service.isOver) withdraw(object);
  }
});
