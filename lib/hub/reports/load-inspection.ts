import { host } from '../loop/host.ts';
import { importLater } from '../loop/host-process.ts';

/**
 * Loads `greenhub/inspect/register`, which shows what runs. Only for programs that ask for it in their environment; no other program
 * loads it, and no bundle contains it.
 */
export function loadInspection(): void {
  const url = urlOfRegister();
  const loading = url === null ? Promise.reject(new Error('greenhub is in a bundle')) : importLater(url);
  loading.catch((error) =>
    host.report(`GREENHUB_DUMP, GREENHUB_DEBUG and GREENHUB_INSPECT cannot show what runs: ${error}`),
  );
}

/** The module beside the one that is running; null in a bundle. Source maps do not matter, as they do in the text of a stack. */
function urlOfRegister(): string | null {
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  Error.prepareStackTrace = (_, [site]) => site?.getFileName();
  const file: unknown = new Error().stack;
  Object.assign(Error, { prepareStackTrace });
  const [, folder, kind] =
    /^(.*\/(?:dist|lib)\/)(?:chunks|hub\/reports)\/[^/]+\.(js|ts)(?:\?.*)?$/.exec(String(file)) ?? [];
  return folder === undefined ? null : `${folder}inspect/register.${kind}`;
}
