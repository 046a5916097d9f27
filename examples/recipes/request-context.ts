// A value for each request, such as its number, that every function below can read without a parameter.

import { AsyncLocalStorage } from 'node:async_hooks';
import { joinall, Local, run, sleep, spawn, withContext } from 'greenhub';

const request = new Local<{ id: number }>(); // one value for each greenlet
const trace = new AsyncLocalStorage<string>(); // also for the greenlets that it spawns, and for callbacks

function log(text: string) {
  console.log(`[${request.id ?? '-'} ${trace.getStore()}] ${text}`);
}

function* audit() {
  yield* sleep(5);
  log('audited'); // a greenlet of its own: it inherits the trace, but not the Local
}

function* handle(id: number) {
  request.id = id;
  yield* withContext(trace, `trace-${id}`, function* () {
    log('begins');
    yield* sleep(30 - 10 * id); // other requests run meanwhile
    yield* spawn(audit);
    log('ends');
  });
}

await run(function* main() {
  yield* joinall([spawn(handle, 1), spawn(handle, 2)], { raiseError: true });
});
