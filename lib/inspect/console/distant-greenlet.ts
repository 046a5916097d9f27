import { Asked } from '../asked.ts';
import { askAlong, PATIENCE, type Reached } from '../child-questions.ts';
import { emptyPage } from './greenlet-page.ts';
import type { GreenletPage } from './protocol.ts';

/** One greenlet of a process or thread that the program has started. It is asked for as long as its page is open. */
export class DistantGreenlet {
  readonly asked: Asked<Reached<GreenletPage>>;
  private readonly path: readonly number[];
  private readonly id: number;

  constructor(path: readonly number[], id: number) {
    this.path = path;
    this.id = id;
    this.asked = new Asked(() => askAlong(path, { name: 'greenlet', params: { id } }, PATIENCE));
  }

  /** What was answered last. */
  read(): GreenletPage {
    const { answer, node, silent } = this.asked.latest ?? unheard;
    return { ...(answer ?? emptyPage(this.id)), within: { path: this.path.join('.'), node, silent } };
  }
}

const unheard = { answer: null, node: null, silent: 'it has not answered yet' } as const;
