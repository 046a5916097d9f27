import type { Ending, EngineSettings, Place } from '../engine.ts';
import { BullLane, type StoredInfo } from './bull-lane.ts';
import { Connection } from './connection.ts';
import { JobStore } from './job-store.ts';
import { lanesKey, pausedKey, revokedKey } from './keys.ts';
import type { Bull } from './load-bullmq.ts';
import { LEAST_KEPT } from './stored-job.ts';

/** What is stored for a revoked job. */
interface Revocation {
  readonly lane: string;
  readonly reason: string;
}

/** What the parts of this engine share, once BullMQ is loaded. */
export class BullContext {
  readonly bull: Bull;
  readonly settings: EngineSettings;
  readonly connection: Connection;
  readonly store: JobStore;
  private readonly lanes = new Map<string, BullLane>();
  private readonly registered = new Set<string>();

  constructor(bull: Bull, settings: EngineSettings, url: string) {
    this.bull = bull;
    this.settings = settings;
    this.connection = new Connection(bull, url);
    this.store = new JobStore(this);
  }

  lane(name: string): BullLane {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = new BullLane(this, name);
      this.lanes.set(name, lane);
    }
    return lane;
  }

  /** True if all processes know a lane. */
  knows(name: string): boolean {
    return this.registered.has(name);
  }

  /** Makes a lane known to all processes. */
  async register(name: string): Promise<void> {
    if (this.knows(name)) return;
    this.registered.add(name);
    const { settings, connection } = this;
    try {
      const isNew = (await connection.redis.sadd(lanesKey(settings.name), name)) === 1;
      // The others were paused when the app was.
      if (isNew && (await connection.redis.exists(pausedKey(settings.name))) === 1) await this.lane(name).queue.pause();
    } catch (error) {
      this.registered.delete(name);
      throw error;
    }
  }

  /** All lanes: those of this process, and those that others have registered. */
  async allLanes(): Promise<BullLane[]> {
    const names = await this.connection.redis.smembers(lanesKey(this.settings.name));
    return [...new Set([...this.settings.lanes(), ...names])].map((name) => this.lane(name));
  }

  /** Keeps all workers from taking jobs, also from lanes that come later, or lets them take jobs again. */
  async setPaused(isPaused: boolean): Promise<void> {
    const { settings, connection } = this;
    if (isPaused) await connection.redis.set(pausedKey(settings.name), '1');
    else await connection.redis.del(pausedKey(settings.name));
    const lanes = await this.allLanes();
    await Promise.all(lanes.map(({ queue }) => (isPaused ? queue.pause() : queue.resume())));
  }

  /** How a job has ended, if it was revoked. */
  async revocation(id: string): Promise<Extract<Ending, { kind: 'revoked' }> | null> {
    const revocation = await this.revoked(id);
    return revocation === null ? null : { kind: 'revoked', reason: revocation.reason };
  }

  async revoked(id: string): Promise<Revocation | null> {
    const text = await this.connection.redis.get(revokedKey(this.settings.name, id));
    return text === null ? null : JSON.parse(text);
  }

  /** Notes that a job was revoked, for as long as its result would be kept. */
  async noteRevoked({ lane, id }: Place, reason: string): Promise<void> {
    const { name, keepResults } = this.settings;
    const ms = Math.max(LEAST_KEPT, Math.min(Math.ceil(keepResults), Number.MAX_SAFE_INTEGER));
    await this.connection.redis.set(revokedKey(name, id), JSON.stringify({ lane, reason }), 'PX', ms);
  }

  async forgetRevoked(id: string): Promise<void> {
    await this.connection.redis.del(revokedKey(this.settings.name, id));
  }

  info({ lane, id }: Place): Promise<StoredInfo | null> {
    return this.lane(lane).info(id);
  }

  /** The end of the first of some jobs that has not completed. */
  async endingOfFailed(places: readonly Place[]): Promise<Ending | null> {
    for (const place of places) {
      const ending = (await this.info(place))?.ending ?? null;
      if (ending !== null && ending.kind !== 'completed') return ending;
    }
    return null;
  }

  async close(): Promise<void> {
    await Promise.all([this.store.close(), ...[...this.lanes.values()].map((lane) => lane.close())]);
    this.connection.close();
  }
}
