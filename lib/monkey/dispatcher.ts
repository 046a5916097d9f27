import type * as Undici from 'undici';

/** Where undici keeps the dispatcher that everybody uses, Node's own copy of undici included; newest first. */
const GLOBAL_DISPATCHERS = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')];

/** Within this many milliseconds of connecting, a connection that anybody waits for has been written to. */
const FIRST_WRITE_WITHIN = 20;

/**
 * An agent like undici's, which leaves no idle connection behind when requests are aborted: undici connects anew in
 * place of each connection that an abort has closed, though nobody waits for it, and keeps that for seconds.
 */
export function frugalAgent(undici: typeof Undici): Undici.Agent {
  const connect = undici.buildConnector({});
  return new undici.Agent({
    connect(options, callback) {
      connect(options, (...result) => {
        callback(...result);
        const [, socket] = result;
        if (!socket) return;
        setTimeout(() => {
          if (socket.bytesWritten === 0) socket.destroy();
        }, FIRST_WRITE_WITHIN).unref();
      });
    },
  });
}

/** True while everybody's dispatcher is the agent that Node's own fetch has made for itself. */
export function isDefaultDispatcher(): boolean {
  const globals = globalThis as unknown as Record<symbol, object | undefined>;
  const dispatcher = GLOBAL_DISPATCHERS.map((symbol) => globals[symbol]).find((found) => found !== undefined);
  return dispatcher === undefined || isMadeByNode(dispatcher);
}

const madeByNode = new WeakMap<object, boolean>();

/**
 * Tells Node's plain Agent from one of a copy of undici that the program has installed and set. They look the same; but
 * where the class comes from is seen in the stack of the error that it throws at a bad option.
 */
function isMadeByNode(dispatcher: object): boolean {
  let known = madeByNode.get(dispatcher);
  if (known === undefined) {
    const Class = dispatcher.constructor as new (options: unknown) => object;
    known = Class.name === 'Agent' && /node:internal\/deps\/undici/.test(stackOfFailing(Class));
    madeByNode.set(dispatcher, known);
  }
  return known;
}

function stackOfFailing(Class: new (options: unknown) => object): string {
  try {
    new Class({ factory: 'none' });
    return '';
  } catch (error) {
    return (error as Error).stack ?? '';
  }
}
