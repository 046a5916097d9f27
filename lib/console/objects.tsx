import type { ObjectRow, ObjectsPage } from '../inspect/console/protocol.ts';
import { count } from './format.ts';
import { Filter, Names, Nothing, Pager } from './parts.tsx';
import type { Route } from './route.ts';

export function Objects({ page, route }: { page: ObjectsPage; route: Route }) {
  return (
    <section class="panel">
      <div class="tools">
        <Filter route={route} placeholder="Filter by kind or name" />
      </div>
      {page.objects.length === 0 ? (
        <Nothing>No greenlet waits at a queue, lock or other object.</Nothing>
      ) : (
        <ObjectTable objects={page.objects} />
      )}
      <Pager route={route} from={page.from} shown={page.objects.length} total={page.count} noun="object" />
    </section>
  );
}

export function ObjectTable({ objects }: { objects: readonly ObjectRow[] }) {
  return (
    <div class="scroll">
      <table class="objects">
        <thead>
          <tr>
            <th>object</th>
            <th>size</th>
            <th>held by</th>
            <th>waiters</th>
            <th>who waits</th>
          </tr>
        </thead>
        <tbody>
          {objects.map(({ id, name, size, maxsize, holders, waiters }) => (
            <tr key={id}>
              <td class="name">
                {id} {name !== '' && name !== id && <span class="faint">“{name}”</span>}
              </td>
              <td class="number" data-label="size">
                {size === null ? <span class="faint">–</span> : count(size)}
                {maxsize !== null && <span class="faint"> of {count(maxsize)}</span>}
              </td>
              <td data-label="held by">
                <Names people={holders} />
              </td>
              <td class="number" data-label="waiters">
                {count(waiters.count)}
              </td>
              <td data-label="who waits">
                <Names people={waiters} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
