import type { FamilyMember, FamilyOptions } from './family.ts';
import type { GreenletInfo } from './greenlet-info.ts';
import type { Overview, OverviewOptions } from './overview.ts';
import type { Snapshot, SnapshotOptions } from './snapshot.ts';

/** What the command `greenhub` can ask a program through its socket: by name, what it sends and what it gets. */
export interface Requests {
  /** Which program this is. */
  hello: { params: null; result: ProgramInfo };
  snapshot: { params: SnapshotOptions; result: Snapshot };
  /** The processes and threads that it has started, and what runs in them. */
  family: { params: FamilyOptions; result: readonly FamilyMember[] };
  /** One greenlet with its stack; null if there is none with this id. */
  greenlet: { params: { id: number }; result: GreenletInfo | null };
  /** Kills a greenlet. False if there is none with this id, or if it is main or a raw greenlet, which cannot be killed. */
  kill: { params: { id: number }; result: boolean };
  /** The greenlets that matter most, in an order of choice. The first such request turns measuring on. */
  overview: { params: OverviewOptions; result: ProgramOverview };
  /** Serves the web console until the visit ends. A second such request gets the same address. */
  console: { params: { port: number }; result: { url: string } };
  /** Begins to record. */
  record: { params: null; result: null };
  /** Ends the recording, and writes it to a file. */
  write: { params: { path: string }; result: { events: number; dropped: number } };
}

/** An overview, and the numbers of the processes and threads that the program has started; null before their first answer. */
export interface ProgramOverview extends Overview {
  readonly children: readonly FamilyMember[] | null;
}

export interface ProgramInfo {
  readonly pid: number;
  /** The process of `greenhub run` that has started it; null if none has. */
  readonly runner: number | null;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Seconds since it was started. */
  readonly uptime: number;
  readonly greenlets: number;
}

/** One line from the command. */
export interface Request {
  readonly name: keyof Requests;
  readonly params: Requests[keyof Requests]['params'];
}

/** One line from the program. Requests are answered in their order. */
export type Answer = { readonly result: unknown } | { readonly error: string };
