/** Runs one program in a worker. The name of the worker is the name of the program. */
import { watchEventLoop } from './event-loop.ts';
import { format, show } from './format.ts';
import type { Message } from './messages.ts';
import { pretendWeb } from './pretend-web.ts';

/** How often we look whether the program has ended, in milliseconds. */
const INTERVAL = 50;

const { setInterval, clearInterval } = globalThis;
const isEmpty = watchEventLoop();
pretendWeb(() => tell({ kind: 'pretended' }));
for (const method of ['log', 'info', 'debug'] as const) print(method, false);
for (const method of ['error', 'warn'] as const) print(method, true);
globalThis.addEventListener('error', (event) => {
  event.preventDefault();
  end({ kind: 'failed', text: `Uncaught ${show(event.error)}` });
});
globalThis.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  end({ kind: 'failed', text: `Uncaught ${show(event.reason)}` });
});

// Not in the call itself, where esbuild would look for files with such names.
const program = `./${(globalThis as unknown as { name: string }).name}.js`;
let hasLoaded = false;
const { getHub } = await import('./hub.ts');
import(program).then(
  () => {
    hasLoaded = true;
  },
  (error: unknown) => end({ kind: 'failed', text: show(error) }),
);
// The event loop must be empty at two looks in a row: in between, promises can begin new work.
let wasEmpty = false;
const looking = setInterval(() => {
  const empty = isEmpty();
  if (empty && wasEmpty && !getHub().checkDeadlock() && hasLoaded) end({ kind: 'ended' });
  wasEmpty = empty;
}, INTERVAL);

function print(method: 'log' | 'info' | 'debug' | 'error' | 'warn', isError: boolean): void {
  console[method] = (...values: unknown[]) => tell({ kind: 'line', text: format(values), isError });
}

function end(message: Message): void {
  clearInterval(looking);
  tell(message);
}

function tell(message: Message): void {
  globalThis.postMessage(message);
}
