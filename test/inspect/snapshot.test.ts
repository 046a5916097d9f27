import * as assert from 'uvu/assert';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  Event,
  Greenlet,
  getcurrent,
  getHub,
  greenlet,
  JoinableQueue,
  killall,
  Lock,
  nursery,
  Pool,
  Queue,
  type RawGreenlet,
  sleep,
  spawn,
  spawnLater,
} from '../../lib/index.ts';
import { type GreenletInfo, type ObjectInfo, type Snapshot, snapshot } from '../../lib/inspect/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { greenletInfoOf } from '../support/greenlet-info.ts';
import { suite } from '../support/harness.ts';

const test = suite('snapshot');

function infoOf(taken: Snapshot, { id }: Greenlet): GreenletInfo {
  const info = taken.greenlets.find((each) => each.id === id);
  if (info === undefined) throw new Error(`greenlet ${id} is missing`);
  return info;
}

function objectOf(taken: Snapshot, name: string): ObjectInfo {
  const info = taken.objects.find((each) => each.name === name);
  if (info === undefined) throw new Error(`object ${name} is missing`);
  return info;
}

function* get(queue: Queue<number>): Coroutine<number> {
  return yield* queue.get();
}

test('describes a greenlet that waits', async () => {
  const queue = new Queue<number>(3);
  const waiter = spawn(get, queue);
  await waitAllBlocked();

  const { name } = queue;
  assert.equal(
    infoOf(snapshot(), waiter),
    greenletInfoOf(waiter.id, { name: `get-${waiter.id}`, waitsFor: `an item of ${name}`, waitsForId: name }),
  );
  assert.match(infoOf(snapshot({ stacks: true }), waiter).stack?.join(' ') ?? '', /^get \(/);
  waiter.kill();
});

test('describes each state', async () => {
  const seen: Record<string, string> = {};
  const later = spawnLater(60_000, get, new Queue<number>());
  const sleeper = spawn(() => sleep(60_000));
  await waitAllBlocked();
  await spawn(function* looking() {
    const ready = spawn(() => 1);
    const taken = snapshot();
    for (const [name, each] of Object.entries({ later, sleeper, ready })) seen[name] = infoOf(taken, each).state;
    seen.looking = infoOf(taken, getcurrent() as Greenlet).state;
    seen.main = taken.greenlets[0]?.state ?? '';
    yield* ready;
  });

  assert.equal(seen, { later: 'unstarted', sleeper: 'waiting', ready: 'ready', looking: 'running', main: 'waiting' });
  assert.is(infoOf(snapshot(), later).waitsFor, 'its start');
  await killall([later, sleeper]);
});

test('an operation that main has just begun to await is ready', async () => {
  const ended = sleep(0).then(() => {});
  const { greenlets, hub } = snapshot();
  await ended;

  assert.equal(
    greenlets.filter(({ id }) => id < 0).map(({ kind, state, waitsFor }) => [kind, state, waitsFor]),
    [['main', 'ready', null]],
  );
  assert.is(hub.ready, 1);
});

test('counts greenlets and timers', async () => {
  const before = snapshot().hub;
  const sleepers = [1, 2].map(() => spawn(() => sleep(60_000)));
  const ended = spawn(() => 1);
  await ended;
  const { hub, pid, at } = snapshot();

  assert.is(hub.greenlets, before.greenlets + 2);
  assert.is(hub.waiting, before.waiting + 2);
  assert.is(hub.ready, 0);
  assert.is(hub.timers, before.timers + 2);
  assert.is(hub.spawned, before.spawned + 3);
  assert.is(hub.ended, before.ended + 1);
  assert.is(hub.switches, null);
  assert.is(pid, process.pid);
  assert.ok(Math.abs(at - Date.now()) < 60_000);
  await killall(sleepers);
});

test('shows main, and what it awaits', async () => {
  const event = new Event();
  const waiting = Promise.all([event.wait(), event.wait()]);
  await waitAllBlocked();
  const { greenlets } = snapshot();
  const [main, ...others] = greenlets.filter(({ kind }) => kind === 'main');

  assert.equal([main?.id, main?.state, main?.spawnedBy], [0, 'running', null]);
  assert.equal(
    others.map(({ name, waitsForId, spawnedBy }) => [name, waitsForId, spawnedBy]),
    [1, 2].map(() => ['main', event.name, 0]),
  );
  assert.ok(others.every(({ id }) => id < 0));
  assert.equal(
    others.map(({ id }) => id),
    objectOf(snapshot(), event.name).waiters,
  );
  event.set();
  await waiting;
});

test('a raw greenlet is shown while it is parked, and keeps its id', async () => {
  const raw = greenlet(function* () {
    yield* sleep(60_000);
  });
  const parent = spawn(function* () {
    raw.parent = getcurrent();
    yield* raw.switch();
  });
  await waitAllBlocked();
  const idOfRaw = (): number | undefined => snapshot().greenlets.find(({ kind }) => kind === 'raw')?.id;
  const id = idOfRaw();

  assert.ok(id !== undefined && id < 0);
  assert.is(idOfRaw(), id);
  await spawn(function* () {
    yield* sleep(0);
    yield* parent.kill();
  });
  await killRaw(raw);
});

async function killRaw(raw: RawGreenlet): Promise<void> {
  await spawn(function* () {
    raw.parent = getcurrent();
    yield* raw.throw();
  });
}

test('shows who spawned whom', async () => {
  let child: Greenlet<number> | undefined;
  const parent = spawn(function* () {
    child = spawn(get, new Queue<number>());
    yield* child;
  });
  await waitAllBlocked();
  const taken = snapshot();
  const info = infoOf(taken, parent);

  assert.is(infoOf(taken, child as Greenlet<number>).spawnedBy, parent.id);
  assert.is(info.waitsForId, child?.id);
  assert.equal(info.blockedBy, [child?.id]);
  await killall([parent, child as Greenlet<number>]);
});

test('shows where a greenlet was spawned, if that is noted', async () => {
  getHub().captureSpawnSites = true;
  const waiter = spawn(() => sleep(60_000));
  getHub().captureSpawnSites = false;

  assert.match(infoOf(snapshot(), waiter).site ?? '', /snapshot\.test\.ts:\d+/);
  waiter.kill();
});

test('shows holders and waiters of the objects that greenlets wait at', async () => {
  const [lock, guarded, barrier, seats] = [new Lock(), new Condition(), new Barrier(3), new BoundedSemaphore(1)];
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  const holder = spawn(function* hold() {
    yield* lock.acquire();
    yield* seats.acquire();
    yield* sleep(60_000);
  });
  const notified = spawn(function* notified() {
    yield* guarded.lock.acquire();
    yield* guarded.wait();
  });
  await waitAllBlocked();
  const locking = spawn(() => lock.acquire());
  const meeting = spawn(() => barrier.wait());
  const sitting = spawn(() => seats.acquire());
  const putting = spawn(() => queue.put(2));
  await waitAllBlocked();
  const taken = snapshot();
  const shown = (name: string): unknown[] => {
    const { kind, holders, waiters, size, maxsize } = objectOf(taken, name);
    return [kind, holders, waiters, size, maxsize];
  };

  assert.equal(shown(lock.name), ['Lock', [holder.id], [locking.id], null, null]);
  assert.equal(shown(guarded.name), ['Condition', [], [notified.id], null, null]);
  assert.equal(shown(guarded.lock.name), ['RLock', [], [], null, null]);
  assert.equal(shown(barrier.name), ['Barrier', [], [meeting.id], 1, 3]);
  assert.equal(shown(seats.name), ['BoundedSemaphore', [], [sitting.id], 0, 1]);
  assert.equal(shown(queue.name), ['Queue', [], [putting.id], 1, 1]);
  assert.equal(infoOf(taken, locking).blockedBy, [holder.id]);
  await killall([holder, notified, locking, meeting, sitting, putting]);
});

test('a member of a pool that has a slot waits for none, also before it begins', async () => {
  const pool = new Pool(1);
  const members = [1, 2].map(() => pool.spawn(sleep, 60_000));
  const taken = snapshot();
  await killall(members);

  assert.equal(
    members
      .map((member) => infoOf(taken, member))
      .map(({ state, waitsFor, waitsForId }) => [state, waitsFor, waitsForId]),
    [
      ['ready', null, null],
      ['unstarted', `a slot of ${pool.name}`, pool.name],
    ],
  );
  const { holders, waiters } = objectOf(taken, pool.name);
  assert.equal([holders, waiters], [[members[0]?.id], [members[1]?.id]]);
});

test('an object inside another one is shown as that one', async () => {
  const tasks = new JoinableQueue<number>();
  tasks.putNowait(1);
  const [joiner, one] = [spawn(() => tasks.join()), spawn(() => nursery((n) => void n.spawn(sleep, 60_000)))];
  await waitAllBlocked();
  const taken = snapshot();
  await killall([joiner, one]);

  assert.is(infoOf(taken, joiner).waitsForId, tasks.name);
  assert.equal(objectOf(taken, tasks.name).waiters, [joiner.id]);
  assert.match(infoOf(taken, one).waitsFor ?? '', /^the child of Nursery#\d+ to end$/);
});

test('shows pools and nurseries with their members', async () => {
  const pool = new Pool(1);
  pool.name = 'workers';
  const [first, second] = [1, 2].map(() => pool.spawn(() => sleep(60_000))) as [Greenlet<void>, Greenlet<void>];
  let child: Greenlet<void> | undefined;
  const owner = spawn(() =>
    nursery(function* (children) {
      child = children.spawn(() => sleep(60_000));
    }),
  );
  await waitAllBlocked();
  const taken = snapshot();
  const { id, ...info } = objectOf(taken, 'workers');
  const own = taken.objects.find(({ kind }) => kind === 'Nursery');

  assert.match(id, /^Pool~\d+$/);
  assert.equal(info, {
    kind: 'Pool',
    name: 'workers',
    holders: [first.id],
    waiters: [second.id],
    size: 1,
    maxsize: 1,
  });
  assert.equal(infoOf(taken, second).groups, [id]);
  assert.is(infoOf(taken, second).state, 'unstarted');
  assert.is(infoOf(taken, second).waitsFor, 'a slot of workers');
  assert.equal(own?.holders, [child?.id]);
  assert.equal(infoOf(taken, child as Greenlet<void>).groups, [own?.id]);
  assert.is(infoOf(taken, owner).waitsForId, own?.id);
  await killall([owner, first, second]);
});

test('two objects of the same name have different ids', async () => {
  const queues = [1, 2].map(() => Object.assign(new Queue<number>(), { name: 'inbox' }));
  const waiters = queues.map((queue) => spawn(get, queue));
  await waitAllBlocked();
  const objects = snapshot().objects.filter(({ name }) => name === 'inbox');

  assert.is(new Set(objects.map(({ id }) => id)).size, 2);
  assert.equal(
    snapshot()
      .objects.filter(({ name }) => name === 'inbox')
      .map(({ id }) => id),
    objects.map(({ id }) => id),
  );
  await killall(waiters);
});

test('a greenlet that was never started is shown while another waits for it', async () => {
  const forgotten = new Greenlet(get, new Queue<number>());
  const waiter = spawn(() => forgotten.join());
  await waitAllBlocked();
  const taken = snapshot();

  assert.is(infoOf(taken, forgotten).state, 'unstarted');
  assert.equal(
    taken.warnings.map(({ kind, greenlets }) => [kind, greenlets]),
    [['unstarted', [forgotten.id]]],
  );
  waiter.kill();
});

test('a limit leaves out the youngest greenlets, and counts them', async () => {
  const queue = new Queue<number>();
  const waiters = [1, 2, 3].map(() => spawn(get, queue));
  await waitAllBlocked();
  const whole = snapshot();
  const { greenlets, hub } = snapshot({ limit: 2 });

  assert.equal(greenlets, whole.greenlets.slice(0, 2));
  assert.is(hub.greenlets, whole.hub.greenlets);
  assert.throws(() => snapshot({ limit: -1 }), /limit must be a whole number, 0 or more, not -1/);
  assert.throws(() => snapshot({ limits: 1 } as never), /limits/);
  await killall(waiters);
});

test('is plain data, whatever names are', async () => {
  const waiter = spawn(() => sleep(60_000));
  const odd = { toString: () => assert.unreachable() };
  waiter.name = odd as never;
  await waitAllBlocked();
  const taken = snapshot({ stacks: true });

  assert.is(infoOf(taken, waiter).name, '(cannot be shown)');
  assert.equal(JSON.parse(JSON.stringify(taken)), taken);
  waiter.kill();
});

test.run();
