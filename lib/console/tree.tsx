import type { GreenletInfo, ProcessRow, TreePage } from '../inspect/console/protocol.ts';
import { count, counted } from './format.ts';
import { GreenletLink, Pager, PathOfProcess, State, Wait } from './parts.tsx';
import type { Route } from './route.ts';

/** Deeper greenlets are not indented further. */
const DEEPEST = 12;
/** Up to so many processes are shown with their greenlets. */
const OPEN = 4;

/** Each greenlet below the one that spawned it, and then the processes that the program has started. */
export function Tree({ page, route }: { page: TreePage; route: Route }) {
  return (
    <>
      <section class="panel">
        <ul class="tree">
          {page.rows.map(({ depth, info }) => (
            <Node key={info.id} depth={depth} info={info} />
          ))}
        </ul>
        <Pager route={route} from={page.from} shown={page.rows.length} total={page.count} noun="greenlet" />
      </section>
      {page.processes.length > 0 && (
        <section class="panel">
          <h2>Processes and threads that it has started</h2>
          <Processes rows={page.processes} />
        </section>
      )}
    </>
  );
}

function Node({ depth, info }: { depth: number; info: GreenletInfo }) {
  return (
    <li style={{ '--depth': Math.min(depth, DEEPEST) }}>
      <State state={info.state} />
      <span data-row>
        <GreenletLink id={info.id} name={info.name} />
      </span>
      {info.waitsFor !== null && (
        <span class="wait">
          <Wait info={info} />
        </span>
      )}
    </li>
  );
}

/** Each with its greenlets, and below them its own processes. */
function Processes({ rows }: { rows: readonly ProcessRow[] }) {
  return (
    <ul class="processes">
      {rows.map((row) => (
        <li key={row.path}>
          <details open={rows.length <= OPEN}>
            <summary data-row>
              <b>{row.name}</b>
              <span class="faint">
                {row.kind === 'thread' ? `thread of process ${row.pid}` : `process ${row.pid}`}
                {row.hub !== null && `, ${counted(row.hub.greenlets, 'greenlet')}`}
              </span>
              {row.warnings.length > 0 && <span class="badge alert">{counted(row.warnings.length, 'warning')}</span>}
            </summary>
            {row.silent !== null && <p class="nothing">Not known: {row.silent}.</p>}
            {row.warnings.map((message) => (
              <p key={message}>{message}</p>
            ))}
            <Greenlets row={row} />
          </details>
          {row.children.length > 0 && <Processes rows={row.children} />}
        </li>
      ))}
    </ul>
  );
}

function Greenlets({ row: { path, rows, hub } }: { row: ProcessRow }) {
  const others = (hub?.greenlets ?? 0) - rows.length;
  return (
    <PathOfProcess.Provider value={path}>
      <ul class="tree">
        {rows.map(({ depth, info }) => (
          <Node key={info.id} depth={depth} info={info} />
        ))}
      </ul>
      {others > 0 && <p class="pager">and {count(others)} more</p>}
    </PathOfProcess.Provider>
  );
}
