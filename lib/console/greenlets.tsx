import type { CrowdsPage, GreenletInfo, GreenletsPage } from '../inspect/console/protocol.ts';
import { count, counted, duration } from './format.ts';
import { MeasureButton, type Measuring } from './measuring.tsx';
import { Crowds, Filter, GreenletLink, Nothing, Pager, State, Wait } from './parts.tsx';
import { changed, linkTo, type Route } from './route.ts';

const states = ['waiting', 'ready', 'running', 'unstarted'];

/** The table of greenlets: sorted, filtered, a page of it at a time. */
export function Greenlets({ page, route, measuring }: GreenletsProps) {
  const measuredFor = measuring === 'off' ? null : page.measuredFor;
  const isMeasured = measuredFor !== null;
  const group = route.params.get('wait') ?? route.params.get('site');
  return (
    <section class="panel">
      <div class="tools">
        <Grouping by={null} />
        <Filter route={route} placeholder="Filter by name, id, wait or site" />
        <select
          aria-label="State"
          value={route.params.get('state') ?? ''}
          onChange={({ currentTarget }) => location.assign(changed(route, { state: currentTarget.value }))}
        >
          <option value="">any state</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {state}
            </option>
          ))}
        </select>
        <MeasureButton measuring={measuring} />
      </div>
      {group !== null && (
        <p class="chip">
          {group}{' '}
          <a href={changed(route, { wait: null, site: null })} aria-label="Show all groups">
            ×
          </a>
        </p>
      )}
      {page.rows.length === 0 ? (
        <Nothing>No greenlet matches.</Nothing>
      ) : (
        <div class="scroll">
          <table class="greenlets">
            <thead>
              <tr>
                <Head route={route} column="id" title="id" />
                <Head route={route} column="name" title="name" />
                <Head route={route} column="state" title="state" />
                <Head route={route} column="wait" title="waits for" />
                {isMeasured && <Head route={route} column="since" title="since" />}
                {isMeasured && <Head route={route} column="runs" title="runs" />}
                {isMeasured && <Head route={route} column="busy" title="busy" />}
              </tr>
            </thead>
            <tbody>
              {page.rows.map((info) => (
                <Row key={info.id} info={info} measuredFor={measuredFor} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager route={route} from={page.from} shown={page.rows.length} total={page.count} noun="greenlet" />
    </section>
  );
}

interface GreenletsProps {
  page: GreenletsPage;
  route: Route;
  measuring: Measuring;
}

function Row({ info, measuredFor }: { info: GreenletInfo; measuredFor: number | null }) {
  const { id, name, state, runs, busy, site } = info;
  return (
    <tr>
      <td class="of-id number faint">{id}</td>
      <td class="name" title={site ?? undefined}>
        <span data-row>
          <GreenletLink id={id} name={name} />
        </span>
      </td>
      <td>
        <State state={state} />
      </td>
      <td class="wait">
        <Wait info={info} />
      </td>
      {measuredFor !== null && (
        <>
          <td class="number">{sinceText(info, measuredFor)}</td>
          <td class="number">{runs === null ? '–' : count(runs)}</td>
          <td class="number">{busy === null ? '–' : duration(busy)}</td>
        </>
      )}
    </tr>
  );
}

/** A state that began before the measuring has lasted longer than that. */
function sinceText({ since, runs }: GreenletInfo, measuredFor: number): string {
  if (since !== null) return duration(since);
  return runs === null ? '–' : `> ${duration(measuredFor)}`;
}

/** The head of a column. The first press sorts by it, the next one turns the order round. */
function Head({ route, column, title }: { route: Route; column: string; title: string }) {
  const isSorted = (route.params.get('sort') ?? 'id') === column;
  const isDescending = isSorted && route.params.get('order') === 'down';
  const order = isSorted && !isDescending ? 'down' : null;
  return (
    <th class={`of-${column}`} aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}>
      <a href={changed(route, { sort: column === 'id' ? null : column, order })}>
        {title}
        <span class="arrow">{isSorted ? (isDescending ? ' ↓' : ' ↑') : ''}</span>
      </a>
    </th>
  );
}

/** The groups of greenlets, largest first. */
export function CrowdList({ page }: { page: CrowdsPage }) {
  return (
    <section class="panel">
      <div class="tools">
        <Grouping by={page.by} />
      </div>
      <Crowds crowds={page.crowds} by={page.by} />
      <p class="pager">
        {counted(page.count, 'group')}
        {page.crowds.length < page.count && `, the largest ${count(page.crowds.length)} shown`}
      </p>
    </section>
  );
}

function Grouping({ by }: { by: 'wait' | 'site' | null }) {
  const choices = [
    { key: null, title: 'All', href: linkTo('greenlets') },
    { key: 'wait', title: 'By wait', href: linkTo('crowds', { by: 'wait' }) },
    { key: 'site', title: 'By site', href: linkTo('crowds', { by: 'site' }) },
  ];
  return (
    <div class="segments">
      {choices.map(({ key, title, href }) => (
        <a key={title} href={href} aria-current={key === by ? 'true' : undefined}>
          {title}
        </a>
      ))}
    </div>
  );
}
