import type { TreePage } from '../inspect/console/protocol.ts';
import { GreenletLink, Pager, State, Wait } from './parts.tsx';
import type { Route } from './route.ts';

/** Deeper greenlets are not indented further. */
const DEEPEST = 12;

/** Each greenlet below the one that spawned it. */
export function Tree({ page, route }: { page: TreePage; route: Route }) {
  return (
    <section class="panel">
      <ul class="tree">
        {page.rows.map(({ depth, info }) => (
          <li key={info.id} style={{ '--depth': Math.min(depth, DEEPEST) }}>
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
        ))}
      </ul>
      <Pager route={route} from={page.from} shown={page.rows.length} total={page.count} noun="greenlet" />
    </section>
  );
}
