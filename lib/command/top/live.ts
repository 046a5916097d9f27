import type { GreenletInfo } from '../../inspect/greenlet-info.ts';
import type { Overview } from '../../inspect/overview.ts';
import type { ProgramOverview } from '../../inspect/requests.ts';
import type { Client } from '../client.ts';
import { OTHER_LINES, picture } from './picture.ts';
import { childrenLines, PLACES } from './rows.ts';
import { INTERRUPT, initial, press, type TopState, type Wish } from './state.ts';
import type { Terminal } from './terminal.ts';

/** How often to ask the program, in milliseconds. */
const INTERVAL = 1_000;
/** An answer may take this part of the time: with very many greenlets, the table changes less often. */
const MOST_OF_TIME = 1 / 50;

/** The part of a client that the table needs. */
export type Asking = Pick<Client, 'ask'>;

/**
 * Shows the table until the user quits.
 *
 * @throws CommandError if the program ends or does not answer
 */
export async function live(client: Asking, terminal: Terminal): Promise<void> {
  const session = new Live(client, terminal);
  try {
    await session.run();
  } finally {
    terminal.restore();
  }
}

class Live {
  private readonly client: Asking;
  private readonly terminal: Terminal;
  private readonly keys: string[] = [];
  private wake: () => void = () => {};
  private isOver = false;
  private state: TopState = initial;
  private overview: ProgramOverview | null = null;
  private switchesPerSecond: number | null = null;
  private opened: GreenletInfo | null = null;
  private message = '';

  constructor(client: Asking, terminal: Terminal) {
    this.client = client;
    this.terminal = terminal;
  }

  /** Follows the keys until one quits. Ctrl-C quits even while the program does not answer. */
  async run(): Promise<void> {
    await new Promise<void>((settle, fail) => {
      this.terminal.onKey((key) => {
        this.keys.push(key);
        this.wake();
        if (key === INTERRUPT) settle();
      });
      this.follow().then(settle, fail);
    });
    this.isOver = true;
  }

  private async follow(): Promise<void> {
    for (let wish: Wish = 'ask'; wish !== 'quit'; wish = await this.nextWish()) {
      if (wish === 'kill') await this.kill();
      if (wish !== 'draw') await this.look();
      this.draw();
    }
  }

  private async look(): Promise<void> {
    const { sort, selected, isOpen } = this.state;
    const others = OTHER_LINES + (this.overview === null ? 0 : childrenLines(this.overview).length);
    const limit = Math.max(1, this.terminal.rows - others);
    const overview = await this.client.ask('overview', { sort, limit, places: PLACES });
    this.switchesPerSecond = rateOf(this.overview, overview) ?? this.switchesPerSecond;
    this.overview = overview;
    this.opened = isOpen && selected !== null ? await this.client.ask('greenlet', { id: selected }) : null;
  }

  private async kill(): Promise<void> {
    const id = this.state.selected as number;
    const isKilled = await this.client.ask('kill', { id });
    this.message = isKilled ? `#${id} is killed` : `there is no greenlet #${id} that can be killed`;
  }

  private draw(): void {
    const { state, overview, switchesPerSecond, opened, message } = this;
    if (overview === null || this.isOver) return;
    const { columns, rows } = this.terminal;
    this.terminal.show(picture({ state, overview, switchesPerSecond, opened, message }, columns, rows));
  }

  /** Waits for a key, or until it is time to ask again. */
  private async nextWish(): Promise<Wish> {
    if (this.keys.length === 0) {
      const pause = Math.max(INTERVAL, (this.overview?.took ?? 0) / MOST_OF_TIME);
      await new Promise<void>((settle) => {
        const timer = setTimeout(settle, pause);
        this.wake = () => {
          clearTimeout(timer);
          settle();
        };
      });
    }
    const key = this.keys.shift();
    if (key === undefined) return 'ask';
    this.message = '';
    const ids = this.overview?.greenlets.map(({ id }) => id) ?? [];
    const [state, wish] = press(this.state, key, ids);
    this.state = state;
    return wish;
  }
}

function rateOf(before: Overview | null, after: Overview): number | null {
  const [from, to] = [before?.hub.switches ?? null, after.hub.switches];
  const ms = after.elapsed - (before?.elapsed ?? 0);
  return from === null || to === null || ms <= 0 || to < from ? null : ((to - from) * 1_000) / ms;
}
