/** What the console's server sends to its page. The page imports these types, and nothing else of the library. */
import type { GreenletInfo } from '../greenlet-info.ts';
import type { HistogramData } from '../histogram.ts';
import type { HubInfo } from '../hub-info.ts';
import type { ObjectInfo } from '../object-info.ts';
import type { Warning } from '../warnings.ts';

export type { GreenletInfo, HistogramData, HubInfo, ObjectInfo, Warning };

/** The numbers of the whole program, sent each second. Times are in milliseconds. */
export interface Totals {
  readonly at: number;
  readonly pid: number;
  /** The file name of the program. */
  readonly program: string;
  /** How long the process runs. */
  readonly uptime: number;
  readonly hub: HubInfo;
  /** How many times the hub has resumed a greenlet since a page was opened. */
  readonly switches: number;
  /** How late the event loop was at worst since the last totals. */
  readonly delay: number;
  /** The part of the time since the last totals in which the event loop was busy, from 0 to 1. */
  readonly busy: number;
  /** The bytes that the heap of JavaScript uses. */
  readonly heap: number;
  /** The number of warnings. */
  readonly warnings: number;
}

/** Greenlets that have something in common. */
export interface Crowd {
  /** What they wait for, or where they were spawned. */
  readonly label: string;
  readonly count: number;
}

/** How many greenlets a list has, and the names of the first of them. */
export interface People {
  readonly count: number;
  readonly some: readonly { readonly id: number; readonly name: string }[];
}

/** An object with the names of its holders and waiters. */
export interface ObjectRow extends Omit<ObjectInfo, 'holders' | 'waiters'> {
  readonly holders: People;
  readonly waiters: People;
}

export interface WarningRow extends Omit<Warning, 'greenlets'> {
  readonly greenlets: People;
}

export interface OverviewPage {
  readonly view: 'overview';
  readonly waits: readonly Crowd[];
  readonly sites: readonly Crowd[];
  readonly warnings: readonly WarningRow[];
  /** How long greenlets run, and are ready before; null unless something measures. */
  readonly times: { readonly slices: HistogramData; readonly delays: HistogramData } | null;
}

/** Rows from `from` on, of the `count` that there are. */
export interface GreenletsPage {
  readonly view: 'greenlets';
  readonly from: number;
  readonly count: number;
  /** How long times have been measured, in milliseconds; null if nothing measures. */
  readonly measuredFor: number | null;
  readonly rows: readonly GreenletInfo[];
}

export interface CrowdsPage {
  readonly view: 'crowds';
  readonly by: 'wait' | 'site';
  readonly count: number;
  readonly crowds: readonly Crowd[];
}

/** One greenlet, with its stack. `info` is null if there is no such greenlet (any more). */
export interface GreenletPage {
  readonly view: 'greenlet';
  /** The process or thread that it is in; null if that is the one that serves the console. */
  readonly within: Within | null;
  readonly id: number;
  readonly info: GreenletInfo | null;
  readonly spawnedBy: People;
  readonly blockedBy: People;
  /** The greenlets that wait for it, itself or as the holder of something. */
  readonly blocks: People;
  readonly children: People;
  /** The objects that it waits at or holds. */
  readonly objects: readonly ObjectRow[];
  readonly warnings: readonly WarningRow[];
  /**
   * Its changes of state since the page was opened. Null for a greenlet of another process, and for main, which also counts as running
   * while nothing runs.
   */
  readonly watched: Watched | null;
}

/** A process or thread that the program has started, directly or not. */
export interface Within {
  /** The ids on the way to it, with dots between them: a child, a child of that child, and so on. */
  readonly path: string;
  /** Null if there is no such process or thread (any more). */
  readonly node: { readonly name: string; readonly kind: 'process' | 'thread'; readonly pid: number } | null;
  /** Why it is not known what runs in it; null if it is known. */
  readonly silent: string | null;
}

/** What one greenlet has done while it was watched. Times are in milliseconds since 1970. */
export interface Watched {
  readonly since: number;
  readonly until: number;
  /** The last changes, oldest first. The first of all is the state that it was in at the beginning. */
  readonly changes: readonly Change[];
  /** How many changes there were. */
  readonly changed: number;
  /** How long it ran from one suspension to the next, and how long it was ready before it ran. */
  readonly slices: HistogramData;
  readonly delays: HistogramData;
}

export interface Change {
  readonly at: number;
  readonly state: GreenletInfo['state'] | 'killed' | 'timed out' | 'ended';
  readonly waitsFor: string | null;
  /** The greenlet that has woken, spawned or killed it. Main is also what came from outside: a timer, an answer. */
  readonly by: { readonly id: number; readonly name: string } | null;
}

export interface ObjectsPage {
  readonly view: 'objects';
  /** The number of the first row. */
  readonly from: number;
  readonly count: number;
  readonly objects: readonly ObjectRow[];
}

/** A greenlet, and how deep it is in the tree. */
export interface TreeRow {
  readonly depth: number;
  readonly info: GreenletInfo;
}

/** A process or thread that the program has started, and some of its greenlets. */
export interface ProcessRow {
  /** As in `Within`. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'process' | 'thread';
  readonly pid: number;
  /** Why it is not known what runs in it; null if it is known. */
  readonly silent: string | null;
  readonly hub: HubInfo | null;
  /** The messages of its warnings. */
  readonly warnings: readonly string[];
  readonly rows: readonly TreeRow[];
  readonly children: readonly ProcessRow[];
}

export interface TreePage {
  readonly view: 'tree';
  readonly processes: readonly ProcessRow[];
  readonly from: number;
  readonly count: number;
  readonly rows: readonly TreeRow[];
}

export interface WarningsPage {
  readonly view: 'warnings';
  readonly warnings: readonly WarningRow[];
}

/**
 * What a greenlet does from one moment to another, in milliseconds since the beginning of the window; the share of that time in which
 * it ran; and, if it did not, the number of what it waits for in `TimelinePage.names`, where the empty name says that it is ready.
 */
export type Span = readonly [from: number, to: number, share: number, what: number];

/** The last seconds: what the busiest greenlets have done. Times are in milliseconds. */
export interface TimelinePage {
  readonly view: 'timeline';
  /** The end of the window: milliseconds since 1970. */
  readonly until: number;
  /** How long the window is, and how much of it is recorded. */
  readonly span: number;
  readonly recorded: number;
  /** When any greenlet runs. */
  readonly loop: readonly Span[];
  /** When something blocks the event loop, and the greenlet that does; null if it is no greenlet, or more than one. */
  readonly blocks: readonly { readonly from: number; readonly to: number; readonly by: string | null }[];
  readonly rows: readonly TimelineRow[];
  /** How many other greenlets have run. */
  readonly others: number;
  readonly names: readonly string[];
}

export interface TimelineRow {
  /** The id of the greenlet; negative for a raw greenlet, and for an `await` in main. */
  readonly track: number;
  readonly name: string;
  /** How long it has run in the window. */
  readonly busy: number;
  readonly spans: readonly Span[];
}

export type Page =
  | OverviewPage
  | GreenletsPage
  | CrowdsPage
  | GreenletPage
  | ObjectsPage
  | TreePage
  | TimelinePage
  | WarningsPage;

/** One event of the stream. `page` is null if it is not due: what the page shows has not been looked at again. */
export interface Frame {
  readonly totals: Totals;
  /** Whether times are measured: for this page, for another one or a tool, or not at all. */
  readonly measuring: 'here' | 'elsewhere' | 'off';
  readonly page: Page | null;
}
