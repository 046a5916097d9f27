import type { Page, Totals } from '../inspect/console/protocol.ts';
import { count, duration } from './format.ts';
import { GreenletView, pathOf } from './greenlet.tsx';
import { CrowdList, Greenlets } from './greenlets.tsx';
import { useKeys, views } from './keys.ts';
import { Objects } from './objects.tsx';
import { Overview } from './overview.tsx';
import { linkTo, type Route, useRoute } from './route.ts';
import { type Seen, useStream } from './stream.ts';
import { Timeline } from './timeline.tsx';
import { Tree } from './tree.tsx';
import { WarningsView } from './warnings.tsx';

export function App() {
  const route = useRoute();
  const seen = useStream(route);
  useKeys();
  const { totals, page, connection } = seen;
  return (
    <>
      <Bar route={route} seen={seen} />
      {connection === 'silent' && (
        <p class="banner" role="status">
          The program does not answer: something blocks its event loop. This is what it was last.
        </p>
      )}
      {connection === 'lost' && (
        <p class="banner" role="status">
          The connection is lost: the program has ended, or it serves the console no longer.
        </p>
      )}
      {page !== null && isOf(page, route) ? (
        <main data-view={page.view}>
          <View page={page} route={route} seen={seen} />
        </main>
      ) : (
        <main aria-busy="true" />
      )}
      <footer>
        {totals !== null && <span>{`process ${totals.pid}, up ${duration(totals.uptime)}`}</span>}
        <span class="keys">
          <kbd>1</kbd>–<kbd>6</kbd> views <kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> rows <kbd>Enter</kbd> open{' '}
          <kbd>Esc</kbd> back
        </span>
      </footer>
    </>
  );
}

function Bar({ route, seen: { totals, connection } }: { route: Route; seen: Seen }) {
  return (
    <header class="bar">
      <h1>
        <span class={`dot ${connection}`} title={connection} />
        {totals?.program ?? 'greenhub'}
      </h1>
      <nav aria-label="Views">
        {views.map((view) => (
          <a key={view} href={linkTo(view)} aria-current={isWithin(route, view) ? 'page' : undefined}>
            {view[0]?.toUpperCase() + view.slice(1)}
            <Badge view={view} totals={totals} />
          </a>
        ))}
      </nav>
    </header>
  );
}

function Badge({ view, totals }: { view: string; totals: Totals | null }) {
  if (totals === null) return null;
  if (view === 'greenlets') return <span class="badge">{count(totals.hub.greenlets)}</span>;
  if (view === 'warnings' && totals.warnings > 0) return <span class="badge alert">{count(totals.warnings)}</span>;
  return null;
}

/** Groups and one greenlet belong to the view of greenlets; one of another process belongs to the tree, which lists it. */
function isWithin({ view: shown, params }: Route, view: string): boolean {
  if (shown === 'greenlet') return view === (params.has('in') ? 'tree' : 'greenlets');
  return shown === view || (view === 'greenlets' && shown === 'crowds');
}

/** False for another view or greenlet than that of the route. A list with an older filter stays until the new one arrives. */
function isOf(page: Page, { view, params }: Route): boolean {
  if (page.view !== 'greenlet') return page.view === view;
  return view === 'greenlet' && page.id === Number(params.get('id')) && pathOf(page) === (params.get('in') ?? '');
}

function View({ page, route, seen }: { page: Page; route: Route; seen: Seen }) {
  switch (page.view) {
    case 'overview':
      return <Overview page={page} seen={seen} />;
    case 'greenlets':
      return <Greenlets page={page} route={route} measuring={seen.measuring} />;
    case 'crowds':
      return <CrowdList page={page} />;
    case 'greenlet':
      return <GreenletView page={page} measuring={seen.measuring} />;
    case 'objects':
      return <Objects page={page} route={route} />;
    case 'tree':
      return <Tree page={page} route={route} />;
    case 'timeline':
      return <Timeline page={page} route={route} />;
    case 'warnings':
      return <WarningsView page={page} />;
  }
}
