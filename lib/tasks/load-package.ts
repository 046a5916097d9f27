/**
 * Loads an optional package.
 *
 * @param name its name, for messages
 * @param what needs it
 * @throws Error that says what to install, if it is missing
 */
export async function loadPackage<T>(load: () => Promise<T>, name: string, what: string): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`greenhub/tasks needs the package ${name} for ${what}: npm install ${name}`, { cause: error });
  }
}
