/** What `greenhub run` tells the program that it starts, as JSON in the environment variable GREENHUB_RUN. */
export interface RunSettings {
  /** The threshold of `watchBlocking()`; null if it is off. */
  readonly blocking: number | null;
  /** The file to write a trace of the whole run to; null if there is none. */
  readonly trace: string | null;
  /** The port of the web console, where 0 is any free one; null if it is not served. */
  readonly console: number | null;
  /** The process that is `greenhub run`; null for a program that it has not started. */
  readonly runner: number | null;
}

/** Reads the settings, once: programs that the program starts must not write to the same file. */
export function takeSettings(): RunSettings {
  const text = process.env.GREENHUB_RUN;
  delete process.env.GREENHUB_RUN;
  return text === undefined ? { blocking: null, trace: null, console: null, runner: null } : JSON.parse(text);
}
