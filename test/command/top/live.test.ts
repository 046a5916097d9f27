import * as assert from 'uvu/assert';
import { type Asking, live } from '../../../lib/command/top/live.ts';
import type { ProgramOverview } from '../../../lib/inspect/requests.ts';
import { measuredInfoOf } from '../../support/greenlet-info.ts';
import { suite } from '../../support/harness.ts';
import { overviewOf } from '../../support/overviews.ts';
import { PretendTerminal } from '../../support/pretend-terminal.ts';

const test = suite('command/top/live');

function pretendClient(asked: string[], fields: Partial<ProgramOverview> = {}): Asking {
  const answers: Record<string, unknown> = {
    overview: overviewOf([measuredInfoOf(7), measuredInfoOf(12)], fields),
    greenlet: measuredInfoOf(7, { stack: ['load (app.ts:1:1)'] }),
    kill: true,
  };
  const ask = async (name: string, params: unknown): Promise<unknown> => {
    asked.push(`${name} ${JSON.stringify(params)}`);
    return answers[name];
  };
  return { ask: ask as Asking['ask'] };
}

test('sorts, opens, kills and quits by keys', async () => {
  const asked: string[] = [];
  const terminal = new PretendTerminal('r', 'down', 'return', 'escape', 'x', 'y', 'q');

  await live(pretendClient(asked), terminal);

  const [first, sorted, chosen, opened, closed, killing, killed] = terminal.screens;
  assert.match(first ?? '', 'sorted by busy');
  assert.match(sorted ?? '', 'sorted by runs');
  assert.match(chosen ?? '', /^\* +7 {2}load-7/m);
  assert.match(opened ?? '', '    load (app.ts:1:1)');
  assert.match(closed ?? '', /^\* +7 {2}load-7/m);
  assert.match(killing ?? '', 'Kill #7 load-7? y/n');
  assert.match(killed ?? '', '#7 is killed');
  assert.is(terminal.screens.length, 7);
  assert.equal(
    asked.filter((each) => !each.startsWith('overview')),
    ['greenlet {"id":7}', 'kill {"id":7}'],
  );
  assert.ok(terminal.isRestored);
});

test('asks for as many greenlets as the terminal has room for', async () => {
  const asked: string[] = [];

  await live(pretendClient(asked), new PretendTerminal('q'));

  assert.equal(asked, ['overview {"sort":"busy","limit":18,"places":5}']);
});

test('asks for one greenlet less if there is a line for children', async () => {
  const asked: string[] = [];
  const hub = { greenlets: 1, ready: 0, waiting: 1, timers: 0, spawned: 1, ended: 0, switches: null };
  const child = { id: 1, name: 'Worker', kind: 'process', pid: 4712, silent: null, hub, snapshot: null } as const;

  await live(pretendClient(asked, { children: [{ ...child, children: [] }] }), new PretendTerminal('r', 'q'));

  assert.equal(
    asked.map((each) => JSON.parse(each.slice('overview '.length)).limit),
    [18, 17],
  );
});

test('Ctrl-C quits while the program does not answer', async () => {
  class Impatient extends PretendTerminal {
    override onKey(fn: (key: string) => void): void {
      setImmediate(() => fn('ctrl-c'));
    }
  }
  const terminal = new Impatient();

  await live({ ask: () => new Promise<never>(() => {}) }, terminal);

  assert.equal(terminal.screens, []);
  assert.ok(terminal.isRestored);
});

test('restores the terminal if the program ends', async () => {
  const terminal = new PretendTerminal();
  const client: Asking = { ask: () => Promise.reject(new Error('process 4711 has ended')) };

  const error = await live(client, terminal).catch((thrown) => thrown);

  assert.is(error.message, 'process 4711 has ended');
  assert.ok(terminal.isRestored);
});

test.run();
