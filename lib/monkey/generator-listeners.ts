import type { EventEmitter } from 'node:events';
import { type GeneratorBody, isGeneratorBody } from './generator-function.ts';
import { likeOriginal } from './like-original.ts';
import type { Replace } from './patches.ts';

type Method = (this: EventEmitter, event: string | symbol, listener: unknown) => EventEmitter;

/** Spawns a greenlet for an event of an emitter. */
export type Serve = (emitter: EventEmitter, event: string | symbol, body: GeneratorBody, args: unknown[]) => void;

/** The methods that add a listener: whether it listens only once, and the equivalent method that adds a lasting one. */
const METHODS = [
  { name: 'on', once: false, lasting: 'on' },
  { name: 'addListener', once: false, lasting: 'addListener' },
  { name: 'prependListener', once: false, lasting: 'prependListener' },
  { name: 'once', once: true, lasting: 'on' },
  { name: 'prependOnceListener', once: true, lasting: 'prependListener' },
] as const;

/**
 * Lets emitters of a kind take a generator function as a listener. It is spawned as a greenlet for each event.
 * `removeListener()` and `listeners()` work with the generator function itself.
 */
export function spawnGeneratorListeners(
  replace: Replace,
  module: string,
  prototype: { on: EventEmitter['on'] },
  serve: Serve,
): void {
  for (const { name, once, lasting } of METHODS) {
    const original = Reflect.get(prototype, name) as Method;
    const add = Reflect.get(prototype, lasting) as Method;
    const { method } = {
      method(this: EventEmitter, event: string | symbol, listener: unknown): EventEmitter {
        if (!isGeneratorBody(listener)) return original.call(this, event, listener);
        const body = likeOriginal(listener.bind(this), listener);
        const spawning = (...args: unknown[]): void => {
          if (once) this.removeListener(event, spawning);
          serve(this, event, body, args);
        };
        // Node's emitters use this property to find the original of a wrapped listener.
        spawning.listener = listener;
        return add.call(this, event, spawning);
      },
    };
    replace(module, prototype, name, { value: likeOriginal(method, original), writable: true, enumerable: true });
  }
}
