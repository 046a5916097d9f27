import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { GreenletInfo, GreenletPage, Watched } from '../inspect/console/protocol.ts';
import { Changes } from './changes.tsx';
import { count, duration, fine, frameParts } from './format.ts';
import { Histogram } from './histogram.tsx';
import { MeasureButton, type Measuring } from './measuring.tsx';
import { ObjectTable } from './objects.tsx';
import { Names, Nothing, State, Wait, Warnings } from './parts.tsx';
import { kill } from './server.ts';

/** One greenlet. When it has ended, the page keeps what was known last, and says so. */
export function GreenletView({ page, measuring }: { page: GreenletPage; measuring: Measuring }) {
  const last = useRef<{ id: number; info: GreenletInfo } | null>(null);
  if (page.info !== null) last.current = { id: page.id, info: page.info };
  if (last.current?.id !== page.id) return <Nothing>There is no greenlet #{page.id}. It has probably ended.</Nothing>;
  const { info } = last.current;
  const isGone = page.info === null;
  return (
    <article class={isGone ? 'gone' : ''}>
      <header class="title">
        <h2>
          <span class="faint">#{info.id}</span> {info.name}
        </h2>
        {isGone ? <span class="state ended">ended</span> : <State state={info.state} />}
        {!isGone && info.kind === 'greenlet' && <KillButton key={info.id} id={info.id} />}
      </header>
      {isGone ? (
        <p class="notice">This greenlet has ended. Below is what was seen last.</p>
      ) : (
        page.warnings.length > 0 && (
          <section class="panel alert">
            <Warnings warnings={page.warnings} />
          </section>
        )
      )}
      <div class="columns">
        <section class="panel">
          <h2>Stack</h2>
          <Stack stack={info.stack ?? []} />
        </section>
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
            <Fact label="groups">
              {info.groups.length === 0 ? <span class="faint">–</span> : info.groups.join(', ')}
            </Fact>
            {info.site !== null && <Fact label="spawned at">{info.site}</Fact>}
          </dl>
        </section>
      </div>
      {page.watched !== null && <Activity info={info} watched={page.watched} measuring={measuring} />}
      {page.objects.length > 0 && (
        <section class="panel">
          <h2>Objects that it holds or waits at</h2>
          <ObjectTable objects={page.objects} />
        </section>
      )}
    </article>
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

/** Kills after a second press, because a kill cannot be taken back. */
function KillButton({ id }: { id: number }) {
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (!asking) {
    return (
      <span class="kill">
        {refusal !== null && <span role="alert">{refusal}</span>}
        <button type="button" onClick={() => setAsking(true)}>
          Kill…
        </button>
      </span>
    );
  }
  const confirm = async () => {
    setAsking(false);
    setRefusal(await kill(id));
  };
  const keepOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    setAsking(false);
  };
  return (
    <span class="kill">
      <span>Its cleanup runs, then it ends.</span>
      <button type="button" class="danger" ref={(button) => button?.focus()} onClick={confirm} onKeyDown={keepOnEscape}>
        Kill it
      </button>
      <button type="button" onClick={() => setAsking(false)} onKeyDown={keepOnEscape}>
        Keep it
      </button>
    </span>
  );
}
