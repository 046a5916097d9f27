/**
 * Measures an operation: greenhub, peer, peer …, greenhub, peer, peer … So the noise of the machine affects all equally, and the
 * ratio of neighbours is more reliable than either number. Each has its own process, which does nothing else.
 */
import { median, quantile } from '../statistics.ts';
import type { Operation } from './operations.ts';
import { PeerProcess } from './peer-process.ts';
import type { Peer } from './peers.ts';

/** The result of a peer. */
export interface Measured {
  peer: string;
  /** The median, in the unit of the operation. */
  value: number;
  /** The median and quartiles of its value divided by greenhub's value in the same round. */
  ratio: number;
  spread: { low: number; high: number };
  /** The number of operations in a measurement. */
  size: number;
}

/** A peer that could not be measured, and the reason. */
export interface Failed {
  peer: string;
  failure: string;
}

export interface Outcome {
  operation: string;
  title: string;
  unit: string;
  greenhub: Measured;
  peers: (Measured | Failed)[];
}

/** The extent of a run: complete, or quick for a rough result. */
export interface Effort {
  rounds: number;
  /** The time limit of a measurement in milliseconds. */
  budget: number;
  /** The share of an operation's full size. */
  share: number;
  /** How often new processes are started: V8 optimises the same code differently in each. */
  repeats: number;
}

export async function measure(
  operation: Operation,
  peers: Map<string, Peer>,
  effort: Effort,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const first = await measureOnce(operation, peers, effort, env);
  const outcomes = [first];
  while (outcomes.length < effort.repeats) outcomes.push(await measureOnce(operation, peers, effort, env));
  if (outcomes.length === 1) return first;
  const all = outcomes.flatMap(({ greenhub, peers }) => [greenhub, ...peers]);
  const of = (peer: string): Measured | Failed =>
    all.find((each): each is Failed => each.peer === peer && 'failure' in each) ??
    middleOf(all.filter((each): each is Measured => each.peer === peer && 'ratio' in each));
  return { ...first, greenhub: of('greenhub') as Measured, peers: first.peers.map(({ peer }) => of(peer)) };
}

/** Combines the measurements of several processes of a peer: their medians, and the quartiles of their ratios. */
function middleOf(measured: readonly Measured[]): Measured {
  const ratios = measured.map(({ ratio }) => ratio);
  return {
    ...(measured[0] as Measured),
    value: median(measured.map(({ value }) => value)),
    ratio: median(ratios),
    spread: { low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) },
  };
}

async function measureOnce(
  operation: Operation,
  peers: Map<string, Peer>,
  effort: Effort,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const failures: Failed[] = [];
  const running: Runner[] = [];
  try {
    for (const name of ['greenhub', ...operation.peers]) {
      const peer = peers.get(name);
      if (peer === undefined) continue;
      const runner = new Runner(peer, operation, effort);
      running.push(runner);
      await runner.attempt(() => runner.prepare(env));
    }
    for (let round = 0; round < (operation.rounds ?? effort.rounds); round += 1) {
      for (const runner of running) await runner.attempt(() => runner.measure());
    }
    const [own, ...others] = running as [Runner, ...Runner[]];
    if (own.failure !== null) throw new Error(own.failure);
    for (const { peer, failure } of others) if (failure !== null) failures.push({ peer: peer.name, failure });
    const measured = others.filter(({ failure }) => failure === null).map((other) => other.comparedTo(own));
    const { name, title, unit } = operation;
    return { operation: name, title, unit, greenhub: own.comparedTo(own), peers: [...measured, ...failures] };
  } finally {
    for (const runner of running) runner.end();
  }
}

/** A process and its measurements. */
class Runner {
  readonly peer: Peer;
  failure: string | null = null;
  private readonly operation: Operation;
  private readonly most: number;
  private readonly budget: number;
  private readonly share: number;
  private process: PeerProcess | null = null;
  private size: number;
  private readonly samples: number[] = [];

  constructor(peer: Peer, operation: Operation, { share, budget }: Effort) {
    this.peer = peer;
    this.operation = operation;
    const { size, least } = operation;
    this.share = share;
    this.most = Math.max(least, Math.min(this.rounded(size * share), operation.caps?.[peer.name] ?? Infinity));
    this.budget = Math.max(budget, (operation.budget ?? 0) * share);
    this.size = operation.warmUps === undefined ? least : this.most;
  }

  /** Runs an action unless an earlier one has failed. */
  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.failure !== null) return;
    try {
      await work();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.end();
    }
  }

  /**
   * Warms the process up: as often as the operation says, or else for twice the time of a measurement. Also finds the number
   * of operations that fit into the time of a measurement.
   */
  async prepare(env: NodeJS.ProcessEnv): Promise<void> {
    this.process = await PeerProcess.start(this.peer, this.operation.name, env);
    const { warmUps } = this.operation;
    if (warmUps !== undefined) {
      for (let done = 0; done < warmUps * this.share; done += 1) await this.process.sample(this.size);
      return;
    }
    const started = performance.now();
    for (let done = 0; done < 3 || performance.now() - started < 2 * this.budget; done += 1) {
      const begun = performance.now();
      await this.process.sample(this.size);
      const elapsed = performance.now() - begun;
      // Even the smallest size exceeds the time of a measurement, so a longer warm-up would take too long.
      if (elapsed > 2 * this.budget && this.size === this.operation.least) return;
      this.size = this.bounded(this.size * Math.min(20, Math.max(0.2, this.budget / elapsed)));
    }
  }

  async measure(): Promise<void> {
    if (this.process !== null) this.samples.push(await this.process.sample(this.size));
  }

  comparedTo(own: Runner): Measured {
    const ratios = this.samples.map((value, round) => value / (own.samples[round] as number));
    return {
      peer: this.peer.name,
      value: median(this.samples),
      ratio: median(ratios),
      spread: { low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) },
      size: this.size,
    };
  }

  end(): void {
    this.process?.end();
  }

  private bounded(size: number): number {
    return Math.min(this.most, Math.max(this.operation.least, this.rounded(size)));
  }

  /** Programs with a thousand tasks need whole thousands. */
  private rounded(size: number): number {
    const { least } = this.operation;
    return Math.max(1, Math.round(size / least)) * least;
  }
}
