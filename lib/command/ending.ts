/** The signals by which a user ends a command: Ctrl-C, `kill`, and the end of the terminal. */
export const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
