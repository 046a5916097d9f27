// A program of its own that uses a Manager. It obeys commands: lines of JSON on standard input, each answered by a line.
import { createInterface } from 'node:readline';
import { spawn } from 'greenhub';
import { Manager, Process } from 'greenhub/process';

/** @type {Manager | undefined} */
let manager;
/** @type {Map<string, any>} */
const objects = new Map();

/** @type {Record<string, (...args: any[]) => any>} */
const commands = {
  *connect(options) {
    manager = yield* Manager.connect(options);
  },

  leave: () => manager?.shutdown(),

  /** Goes on as another user, which may not be allowed to start Node itself. */
  become(user) {
    process.setgroups?.([]);
    process.setgid?.(user);
    process.setuid?.(user);
  },

  /** Makes an object and keeps it under its name. */
  make(kind, ...args) {
    objects.set(args.at(-1).name, /** @type {any} */ (manager)[kind](...args));
  },

  call: (name, method, ...args) => objects.get(name)[method](...args),

  /** Like `call`, in a child process of this program. */
  callInChild(name, method, ...args) {
    const target = { module: import.meta.url, export: 'call' };
    return new Process({ target, args: [objects.get(name), method, ...args] }).start();
  },

  /** Connects in a child process of this program too, and increments a value there. */
  incrementInChild(options, name) {
    const target = { module: import.meta.url, export: 'connectAndIncrement' };
    return new Process({ target, args: [options, name] }).start();
  },

  /** Sets a value of so many bytes. */
  setLong: (name, key, bytes) => objects.get(name).set(key, 'x'.repeat(bytes)),

  setLongInChild: (name, key, bytes) => commands.callInChild?.(name, 'set', key, 'x'.repeat(bytes)),
};

/** @param {any[]} args */
export function call(...args) {
  const [object, method, ...rest] = args;
  return object[method](...rest);
}

/**
 * @param {import('greenhub/process').ConnectOptions} options
 * @param {string} name
 */
export function* connectAndIncrement(options, name) {
  const connected = yield* Manager.connect(options);
  return yield* connected.value(0, { name }).increment();
}

/**
 * @param {number} id
 * @param {Promise<unknown>} result
 */
async function answer(id, result) {
  try {
    console.log(JSON.stringify({ id, value: await result }));
  } catch (error) {
    const { name, message, code } = /** @type {NodeJS.ErrnoException} */ (error);
    console.log(JSON.stringify({ id, error: { name, message, code } }));
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, command, args } = JSON.parse(line);
    const work = spawn(function* () {
      // JSON has no undefined.
      const given = commands[command]?.(...args.map((/** @type {unknown} */ arg) => arg ?? undefined));
      return typeof given?.[Symbol.iterator] === 'function' ? yield* given : given;
    });
    void answer(id, Promise.resolve(work));
  });
}
