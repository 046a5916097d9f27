import { host, hostProcess } from '../loop/host.ts';
import { importLater } from '../loop/host-process.ts';

/** The command `greenhub` looks for this in `process`, through the inspector. */
const ATTACH: unique symbol = Symbol.for('greenhub.attach');

/**
 * Loads `greenhub/inspect/register`, which shows what runs. Only for programs that ask for it in their environment; no other program
 * loads it, and no bundle contains it.
 */
export function loadInspection(): void {
  importBeside('register').catch((error) =>
    host.report(`GREENHUB_DUMP, GREENHUB_DEBUG and GREENHUB_INSPECT cannot show what runs: ${error}`),
  );
}

/** Lets the command `greenhub` load what it needs into a program that has not asked for it. Until then this is only a function. */
export function offerInspection(): void {
  const attach = async (): Promise<string> => ((await importBeside('attach')) as Attach).attach();
  if (hostProcess !== undefined) Object.defineProperty(hostProcess, ATTACH, { value: attach, configurable: true });
}

/**
 * Answers a question of the process or thread that has started this one, what runs here. Loads `greenhub/inspect` for that.
 *
 * @returns JSON: the answer, or `{ error }`
 */
export async function lookAtThis(question: string): Promise<string> {
  try {
    return await ((await importBeside('attach')) as Attach).lookForParent(question);
  } catch (error) {
    return JSON.stringify({ error: String((error as { message?: unknown } | null)?.message) });
  }
}

interface Attach {
  attach(): Promise<string>;
  lookForParent(question: string): Promise<string>;
}

/** Imports an entry of `inspect/` beside the module that is running. */
async function importBeside(entry: string): Promise<unknown> {
  const [, folder, kind] =
    /^(.*\/(?:dist|lib)\/)(?:chunks|hub\/reports)\/[^/]+\.(js|ts)(?:\?.*)?$/.exec(ownUrl()) ?? [];
  if (folder === undefined) throw new Error('greenhub is in a bundle');
  return importLater(`${folder}inspect/${entry}.${kind}`);
}

/** The URL of this module. Source maps do not matter, as they do in the text of a stack. */
function ownUrl(): string {
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  Error.prepareStackTrace = (_, [site]) => site?.getFileName();
  const file: unknown = new Error().stack;
  Object.assign(Error, { prepareStackTrace });
  return String(file);
}
