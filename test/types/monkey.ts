import { setTimeout as delay } from 'node:timers/promises';
import { forEach, type Operation, spawn, until } from 'greenhub';
import {
  getOriginal,
  isPatched,
  type PatchName,
  type PatchOptions,
  patchAll,
  patchFetch,
  patchPromise,
  patchTimers,
  unpatchAll,
} from 'greenhub/monkey';
import { accepts, check, type Equal } from './expect.js';

check<Equal<ReturnType<typeof patchAll>, void>>();
accepts<(() => void)[]>([patchPromise, patchFetch, patchTimers, unpatchAll]);
const options: PatchOptions = { promise: true, fetch: false };
patchAll(options);
check<Equal<ReturnType<typeof isPatched>, boolean>>();
isPatched('socket');
check<Equal<Parameters<typeof isPatched>, [what: PatchName]>>();
const original = getOriginal('timers/promises', 'setTimeout');
check<Equal<typeof original, unknown>>();
const typed = getOriginal<typeof globalThis.fetch>('globalThis', 'fetch');
check<Equal<typeof typed, typeof globalThis.fetch>>();
// @ts-expect-error there is no such patch
patchAll({ fech: false });
// @ts-expect-error there is no such patch
isPatched('fs');

class Client {
  async query(sql: string) {
    return [{ id: 1, sql }];
  }
}

// Every promise can be yielded and gives its value.
function* inside(client: Client) {
  const response = yield* fetch('http://localhost/', { method: 'POST' });
  const text = yield* response.text();
  const json = yield* response.json();
  const buffer = yield* response.arrayBuffer();
  const blob = yield* response.blob();
  const form = yield* response.formData();
  check<Equal<typeof response, Response>>();
  check<Equal<typeof text, string>>();
  check<Equal<typeof json, unknown>>();
  check<Equal<typeof buffer, ArrayBuffer>>();
  check<Equal<typeof blob, Blob>>();
  check<Equal<typeof form, FormData>>();
  const { body } = response;
  if (body !== null) yield* forEach(body, (chunk: Uint8Array) => chunk.length);

  const rows = yield* client.query('select 1');
  check<Equal<typeof rows, { id: number; sql: string }[]>>();
  const both = yield* Promise.all([client.query('select 1'), fetch('http://localhost/')]);
  check<Equal<typeof both, [{ id: number; sql: string }[], Response]>>();
  const delayed = yield* delay(10, 'value' as const);
  check<Equal<typeof delayed, 'value'>>();
  const chained = yield* fetch('http://localhost/').then((answer) => answer.status);
  check<Equal<typeof chained, number>>();
  const same = yield* until(fetch('http://localhost/'));
  check<Equal<typeof same, Response>>();
  return rows;
}
const job = spawn(inside, new Client());
const rows = await job;
check<Equal<typeof rows, { id: number; sql: string }[]>>();

// A promise has the type of an operation, so that it can be passed as one.
accepts<Operation<Response>>(fetch('http://localhost/'));

// The timers take generator functions.
setTimeout(inside, 10, new Client());

// @ts-expect-error a client is needed
spawn(inside);
