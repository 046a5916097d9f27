/** Looking changes nothing: random programs under random schedules take the same steps if everything is looked at before each. */
import * as assert from 'uvu/assert';
import type { RawGreenlet } from '../../lib/index.ts';
import { formatRunInfo, snapshot } from '../../lib/inspect/index.ts';
import { Decisions } from '../../lib/testing/decisions.ts';
import { Random } from '../../lib/testing/index.ts';
import { Schedule } from '../../lib/testing/schedule.ts';
import { World } from '../explore/programs.ts';
import { suite } from '../support/harness.ts';
import { depth } from '../support/random.ts';

const test = suite('looking');

const given = process.env.GREENHUB_SEED;
const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);

/** Before each step, all greenlets are looked at. */
class Watched extends Schedule {
  stacks = 0;

  override shift(): RawGreenlet | undefined {
    const taken = snapshot({ stacks: true });
    formatRunInfo(taken);
    for (const { stack } of taken.greenlets) if ((stack?.length ?? 0) > 0) this.stacks += 1;
    return super.shift();
  }
}

/** What happened under a schedule; null if it depends on the event loop, which differs between runs. */
function outcomeOf(Kind: typeof Watched | typeof Schedule, seed: number): { text: string; stacks: number } | null {
  let violations: string[] = [];
  function* scenario(random: Random) {
    const world = new World(random);
    yield* world.run();
    violations = world.violations();
  }
  const options = { seed, kill: true, maxSteps: 10_000, traced: true };
  const schedule = new Kind(scenario, new Decisions(new Random(seed)), options);
  const steps = schedule.run();
  const ended = steps.next();
  if (ended.done !== true) {
    steps.return(null);
    return null;
  }
  const text = [...schedule.trace, String(ended.value?.error ?? 'no failure'), ...violations].join('\n');
  return { text, stacks: schedule instanceof Watched ? schedule.stacks : 0 };
}

test('random programs take the same steps if everything is looked at before each', () => {
  let [compared, stacks] = [0, 0];
  const count = Math.ceil(1_000 * depth);
  for (let seed = first; seed < first + count; seed += 1) {
    const plain = outcomeOf(Schedule, seed);
    const watched = outcomeOf(Watched, seed);
    assert.is(watched === null, plain === null, `GREENHUB_SEED=${seed} replays it`);
    if (plain === null || watched === null) continue;
    assert.is(watched.text, plain.text, `GREENHUB_SEED=${seed} replays it`);
    compared += 1;
    stacks += watched.stacks;
  }
  assert.ok(compared > count / 4, `${compared} of ${count} programs need no event loop`);
  assert.ok(stacks > 10 * compared, `${stacks} stacks`);
});

test.run();
