import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { GreenletInfo, GreenletPage, Watched, Within } from '../inspect/console/protocol.ts';
import { Changes } from './changes.tsx';
import { count, duration, fine, frameParts } from './format.ts';
import { Histogram } from './histogram.tsx';
import { KillButton } from './kill-button.tsx';
import { MeasureButton, type Measuring } from './measuring.tsx';
import { ObjectTable } from './objects.tsx';
import { Names, Nothing, PathOfProcess, State, Wait, Warnings } from './parts.tsx';
import { linkTo } from './route.ts';

/** One greenlet. When it has ended, the page keeps what was known last, and says so. */
export function GreenletView({ page, measuring }: { page: GreenletPage; measuring: Measuring }) {
  const last = useRef<GreenletPage | null>(null);
  if (page.info !== null) last.current = page;
  const known = last.current;
  const path = pathOf(page);
  if (known === null || known.info === null || known.id !== page.id || pathOf(known) !== path) {
    const silent = page.within?.silent ?? null;
    if (silent !== null) return <Nothing>Not known: {silent}.</Nothing>;
    return <Nothing>There is no greenlet #{page.id}. It has probably ended.</Nothing>;
  }
  const { info } = known;
  const isGone = page.info === null;
  return (
    <PathOfProcess.Provider value={path}>
      <article class={isGone ? 'gone' : ''}>
        <Head page={page} info={info} />
        <div class="columns">
          <section class="panel">
            <h2>Stack</h2>
            <Stack stack={info.stack ?? []} />
          </section>
          <Relations page={known} info={info} />
        </div>
        {page.watched !== null && <Activity info={info} watched={page.watched} measuring={measuring} />}
        {known.objects.length > 0 && (
          <section class="panel">
            <h2>Objects that it holds or waits at</h2>
            <ObjectTable objects={known.objects} />
          </section>
        )}
      </article>
    </PathOfProcess.Provider>
  );
}

/** Its name and state. */
function Head({ page, info }: Shown) {
  const path = pathOf(page);
  const silent = page.within?.silent ?? null;
  const isGone = page.info === null;
  return (
    <>
      <header class="title">
        <h2>
          <span class="faint">#{info.id}</span> {info.name}
        </h2>
        {page.within !== null && <Home within={page.within} />}
        {silent === null && (isGone ? <span class="state ended">ended</span> : <State state={info.state} />)}
        {!isGone && info.kind === 'greenlet' && <KillButton key={`${path} ${info.id}`} path={path} id={info.id} />}
      </header>
      {isGone ? (
        <p class="notice">
          {silent === null ? 'This greenlet has ended.' : `Not known: ${silent}.`} Below is what was seen last.
        </p>
      ) : (
        page.warnings.length > 0 && (
          <section class="panel alert">
            <Warnings warnings={page.warnings} />
          </section>
        )
      )}
    </>
  );
}

function Relations({ page, info }: Shown) {
  return (
    <section class="panel">
      <h2>Relations</h2>
      <dl class="facts">
        <Fact label="waits for">
          <Wait info={info} />
        </Fact>
        <Fact label="blocked by">
          <Names people={page.blockedBy} />
        </Fact>
        <Fact label="blocks">
          <Names people={page.blocks} />
        </Fact>
        <Fact label="spawned by">
          <Names people={page.spawnedBy} />
        </Fact>
        <Fact label="children">
          <Names people={page.children} />
        </Fact>
        <Fact label="groups">{info.groups.length === 0 ? <span class="faint">–</span> : info.groups.join(', ')}</Fact>
        {info.site !== null && <Fact label="spawned at">{info.site}</Fact>}
      </dl>
    </section>
  );
}

interface Shown {
  page: GreenletPage;
  /** What is known of the greenlet. */
  info: GreenletInfo;
}

/** The process or thread that a greenlet is in; empty for the one that serves the console. */
export function pathOf({ within }: GreenletPage): string {
  return within?.path ?? '';
}

/** Names the process that a greenlet is in. */
function Home({ within: { node } }: { within: Within }) {
  if (node === null) return null;
  const { name, kind, pid } = node;
  return (
    <span class="faint">
      in <a href={linkTo('tree')}>{name}</a>, {kind === 'thread' ? `a thread of process ${pid}` : `process ${pid}`}
    </span>
  );
}

interface ActivityProps {
  info: GreenletInfo;
  watched: Watched;
  measuring: Measuring;
}

/** What it has done since the page was opened, and since measuring began. */
function Activity({ info, watched, measuring }: ActivityProps) {
  return (
    <div class="columns">
      <section class="panel">
        <h2>History</h2>
        <Changes watched={watched} />
      </section>
      <section class="panel">
        <div class="head">
          <h2>Times</h2>
          {(info.runs === null || measuring !== 'elsewhere') && <MeasureButton measuring={measuring} />}
        </div>
        {info.runs !== null && (
          <dl class="facts">
            {info.since !== null && <Fact label={`${info.state} since`}>{duration(info.since)}</Fact>}
            <Fact label="runs">{count(info.runs)}</Fact>
            {info.busy !== null && <Fact label="busy">{fine(info.busy)}</Fact>}
            {info.longest !== null && <Fact label="longest run">{fine(info.longest)}</Fact>}
          </dl>
        )}
        <Histogram title="It runs for" data={watched.slices} nothing="It has not run since this page was opened." />
        <Histogram title="It is ready for, before it runs" data={watched.delays} nothing="It was not ready yet." />
      </section>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Stack({ stack }: { stack: readonly string[] }) {
  if (stack.length === 0)
    return <Nothing>Its stack cannot be known: it has not begun, or waits outside your functions.</Nothing>;
  return (
    <ol class="stack">
      {stack.map(frameParts).map(({ name, place, full }, depth) => (
        <li key={depth} title={full}>
          <b>{name}</b>
          <span>{place}</span>
        </li>
      ))}
    </ol>
  );
}
