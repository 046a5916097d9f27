/** One run of a program, in a worker, so that it can be stopped. */
import { type Ref, ref } from 'vue';
import type { Message } from '../../run/messages.ts';

export type State = 'not run' | 'runs' | 'has ended' | 'has failed' | 'was stopped';

export interface Line {
  readonly text: string;
  readonly isError: boolean;
}

/** A program in a loop would fill the memory of the page. */
const MOST_LINES = 1_000;

export class ProgramRun {
  readonly state: Ref<State> = ref('not run');
  readonly lines: Ref<Line[]> = ref([]);
  /** Whether the program has fetched something from the embedded web. */
  readonly hasPretended: Ref<boolean> = ref(false);
  private readonly folder: string;
  private readonly id: string;
  private worker: Worker | null = null;

  /** @param folder the address of the compiled programs, which ends with a slash */
  constructor(folder: string, id: string) {
    this.folder = folder;
    this.id = id;
  }

  start(): void {
    this.stop();
    this.lines.value = [];
    this.state.value = 'runs';
    this.worker = new Worker(`${this.folder}host.js`, { type: 'module', name: this.id });
    this.worker.onmessage = ({ data }: MessageEvent<Message>) => this.take(data);
    this.worker.onerror = ({ message }) =>
      this.take({ kind: 'failed', text: message || 'The program cannot be loaded.' });
  }

  stop(): void {
    if (this.state.value === 'runs') this.end('was stopped');
  }

  private take(message: Message): void {
    if (message.kind === 'pretended') this.hasPretended.value = true;
    if (message.kind === 'line') this.print(message);
    if (message.kind === 'ended') this.end('has ended');
    if (message.kind === 'failed') {
      this.print({ text: message.text, isError: true });
      this.end('has failed');
    }
  }

  private print({ text, isError }: Line): void {
    this.lines.value.push({ text, isError });
    if (this.lines.value.length < MOST_LINES) return;
    this.lines.value.push({ text: `Stopped after ${MOST_LINES} lines.`, isError: true });
    this.stop();
  }

  private end(state: State): void {
    this.worker?.terminate();
    this.worker = null;
    this.state.value = state;
  }
}
