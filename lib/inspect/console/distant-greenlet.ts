import { Asked } from '../asked.ts';
import { askAlong, PATIENCE, type Reached } from '../child-questions.ts';
import { MAIN_ID } from '../identity.ts';
import { emptyPage } from './greenlet-page.ts';
import type { GreenletPage } from './protocol.ts';
import type { Query } from './query.ts';

/** One greenlet of a process or thread that the program has started. It is asked for as long as its page is open. */
export class DistantGreenlet {
  readonly asked: Asked<Reached<GreenletPage>>;
  private readonly path: string;
  private readonly id: number;

  constructor(query: Query) {
    const { path } = query;
    const id = query.number('id', MAIN_ID);
    this.path = query.text('in');
    this.id = id;
    this.asked = new Asked(() => askAlong(path, { name: 'greenlet', params: { id } }, PATIENCE));
  }

  /** What was answered last. */
  read(): GreenletPage {
    const { answer, node, silent } = this.asked.latest ?? unheard;
    return { ...(answer ?? emptyPage(this.id)), within: { path: this.path, node, silent } };
  }
}

const unheard = { answer: null, node: null, silent: 'it has not answered yet' } as const;
