/** The button below a program, and what the program prints. */
import { withBase } from 'vitepress';
import { defineComponent, h, onBeforeUnmount, type VNode } from 'vue';
import { ProgramRun, type State } from './program-run.ts';

const LABELS: Readonly<Record<State, string>> = {
  'not run': 'Run',
  runs: 'Stop',
  'has ended': 'Run again',
  'has failed': 'Run again',
  'was stopped': 'Run again',
};

const REPORTS: Readonly<Record<State, string>> = {
  'not run': 'in your browser, in real time',
  runs: 'running …',
  'has ended': 'ended',
  'has failed': 'failed',
  'was stopped': 'stopped',
};

export const RunProgram = defineComponent({
  props: { id: { type: String, required: true } },
  setup({ id }) {
    const run = new ProgramRun(withBase('/programs/'), id);
    onBeforeUnmount(() => run.stop());
    return () =>
      h('div', { id: `run-${id}`, class: 'run-program', 'data-state': run.state.value }, [bar(run), ...output(run)]);
  },
});

function bar(run: ProgramRun): VNode {
  const state = run.state.value;
  const press = (): void => (state === 'runs' ? run.stop() : run.start());
  return h('div', { class: 'bar' }, [
    h('button', { type: 'button', class: 'run', onClick: press }, LABELS[state]),
    h('span', { class: 'report', role: 'status' }, REPORTS[state]),
  ]);
}

function output(run: ProgramRun): VNode[] {
  if (run.state.value === 'not run') return [];
  const lines = run.lines.value.map(({ text, isError }) => h('span', { class: { error: isError } }, `${text}\n`));
  const printed = h(
    'pre',
    { class: 'printed', role: 'log', tabindex: 0, 'aria-label': 'Output of the program' },
    lines,
  );
  const note = 'An embedded web has answered instead of the sites: the text of a page is its address.';
  return [printed, ...(run.hasPretended.value ? [h('p', { class: 'note' }, note)] : [])];
}
