/**
 * One hub for each request. workerd (Cloudflare Workers) runs many requests in one thread, but timers, streams and sockets belong to
 * the request that made them. A greenlet that is resumed in another request cannot use its own, and timers end with their request.
 *
 *     hub.wake(…) ─▶ current() ─┬─ in a callback of a hub: that hub
 *                               └─ else: the latest hub, or a new one if the latest is of another request
 *
 * `hub` is a constant of the library. So here it becomes a shell: it loses its fields, and a proxy behind it forwards every access to
 * the current hub. Elsewhere nothing of this is loaded, and `hub` is a plain object.
 *
 * One request may have several hubs. All that matters is that each hub runs in one request.
 */
import type { AsyncContext } from '../greenlet/context.ts';
import { kernel, updateWatched } from '../greenlet/kernel.ts';
import { RESUMED } from '../greenlet/life.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { slots } from '../greenlet/slots.ts';
import { NEXT } from '../greenlet/state.ts';
import { host } from '../hub/loop/host.ts';
import { Hub, hub } from '../hub/loop/hub.ts';
import { MainWait } from '../hub/loop/main-wait.ts';
import { Presence } from './presence.ts';

/** What a new hub takes over from the one before, because the program sets it once for all requests. */
const SETTINGS = ['switchInterval', 'captureSpawnSites', 'cleanupGrace', 'handleError'] as const;

/** What `followContext()` has set: the empty context, and what captures the present one. Null until the program stores something. */
const stored = { root: null as AsyncContext | null, capture: null as (() => AsyncContext) | null };
const { microtask, nextTurn, startTimer } = host;

/** The hub whose callback is running. */
let running: RequestHub | null = null;
let latest: RequestHub;

/** The context of a greenlet: the hub that resumes it, and what `AsyncLocalStorage` has for it. */
class RequestContext implements AsyncContext {
  readonly home: RequestHub;
  private readonly values: AsyncContext | null;

  constructor(home: RequestHub, values: AsyncContext | null) {
    this.home = home;
    this.values = values;
  }

  runInAsyncScope<R>(fn: () => R): R {
    const values = this.values ?? stored.root;
    return values === null ? fn() : values.runInAsyncScope(fn);
  }
}

/** A hub whose greenlets run in the request that made it. */
class RequestHub extends Hub {
  readonly context: RequestContext = new RequestContext(this, null);
  readonly presence: Presence = new Presence();

  constructor(previous: Hub) {
    super();
    for (const name of SETTINGS) Object.assign(this, { [name]: previous[name] });
    fillSlots();
  }

  override enqueue(greenlet: RawGreenlet): void {
    const home = homeOf(greenlet);
    if (home === this) super.enqueue(greenlet);
    else home.enter(() => home.enqueue(greenlet));
  }

  override enqueueNew(greenlet: RawGreenlet): void {
    const home = homeOf(greenlet);
    if (home === this) super.enqueueNew(greenlet);
    else home.enter(() => home.enqueueNew(greenlet));
  }

  override *living(): Generator<RawGreenlet, void, unknown> {
    for (const greenlet of super.living()) if (homeOf(greenlet) === this) yield greenlet;
  }

  /** Runs a callback that belongs to this hub. */
  enter<R>(fn: () => R): R {
    const outer = running;
    running = this;
    try {
      return fn();
    } finally {
      running = outer;
    }
  }
}

/** Gives each request a hub of its own. */
export function giveEachRequestItsHub(): void {
  bindHost();
  latest = new RequestHub(hub);
  for (const key of Reflect.ownKeys(hub)) Reflect.deleteProperty(hub, key);
  Object.setPrototypeOf(hub, forwarder());
  followRequests();
}

/** The context of each greenlet leads to its hub. The entry point has made sure that `followContext()` will be called. */
function followRequests(): void {
  const capture = (): RequestContext => {
    const home = current();
    return stored.capture === null ? home.context : new RequestContext(home, stored.capture());
  };
  Object.defineProperties(kernel, {
    rootContext: {
      get: () => (running ?? latest).context,
      set(root: AsyncContext) {
        stored.root = root;
      },
    },
    captureContext: {
      get: () => capture,
      set(captureStored: () => AsyncContext) {
        stored.capture = captureStored;
      },
    },
  });
  updateWatched();
}

function current(): RequestHub {
  if (running !== null) return running;
  if (!latest.presence.isHere()) latest = new RequestHub(latest);
  return latest;
}

function homeOf(greenlet: RawGreenlet): RequestHub {
  const context = greenlet.rarities?.context as RequestContext | undefined;
  return context?.home ?? latest;
}

function forwarder(): object {
  return new Proxy(Object.create(Hub.prototype), {
    get(_, key): unknown {
      const home = current();
      const value = Reflect.get(home, key);
      return typeof value === 'function' ? value.bind(home) : value;
    },
    set: (_, key, value) => Reflect.set(current(), key, value),
    getPrototypeOf: () => Hub.prototype,
  });
}

/** The callbacks of the host run in the hub that has asked for them, and in its request. */
function bindHost(): void {
  const callback = (home: RequestHub, fn: () => void) => () => home.enter(fn);
  host.microtask = (fn) => {
    const home = current();
    home.presence.whenHere(microtask, callback(home, fn));
  };
  host.nextTurn = (fn) => {
    const home = current();
    home.presence.whenHere(nextTurn, callback(home, fn));
  };
  host.startTimer = (fn, ms) => startTimer(callback(current(), fn), ms);
}

/** The constructor of each hub fills the slots with its own methods. */
function fillSlots(): void {
  slots.nextReady = () => current().nextReady();
  slots.unchain = () => current().unchain();
  slots.awaitOperation = <T>(operation: Operation<T>) =>
    new Promise<T>((resolve, reject) => {
      current().wake(new MainWait(operation, resolve, reject), NEXT, RESUMED);
    });
}
