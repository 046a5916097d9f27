/** The files that children run are built. The sources of this library, which only tests run, start the same ones. */
const dist = import.meta.url.endsWith('.ts') ? '../../../dist/' : '../';

export const bootstrapUrl = new URL(`${dist}process/bootstrap.js`, import.meta.url);
export const watchdogUrl = new URL(`${dist}process/child/watchdog.js`, import.meta.url);
