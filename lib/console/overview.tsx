import type { OverviewPage, Totals } from '../inspect/console/protocol.ts';
import { Chart } from './chart.tsx';
import { bytes, count, duration } from './format.ts';
import { Histogram } from './histogram.tsx';
import type { History } from './history.ts';
import { MeasureButton, type Measuring } from './measuring.tsx';
import { Crowds, Nothing, Warnings } from './parts.tsx';
import { linkTo } from './route.ts';
import type { Seen } from './stream.ts';

export function Overview({ page, seen }: { page: OverviewPage; seen: Seen }) {
  const { history, totals } = seen;
  if (totals === null) return null;
  return (
    <>
      <Tiles totals={totals} />
      {page.warnings.length > 0 && (
        <section class="panel alert">
          <h2>
            <a href={linkTo('warnings')}>Warnings</a>
          </h2>
          <Warnings warnings={page.warnings} />
        </section>
      )}
      <Charts history={history} />
      <Times times={page.times} measuring={seen.measuring} />
      <div class="columns">
        <section class="panel">
          <h2>
            <a href={linkTo('crowds', { by: 'wait' })}>What they wait for</a>
          </h2>
          <Crowds crowds={page.waits} by="wait" />
        </section>
        <section class="panel">
          <h2>
            <a href={linkTo('crowds', { by: 'site' })}>Where they come from</a>
          </h2>
          <Crowds crowds={page.sites} by="site" />
        </section>
      </div>
      {totals.hub.greenlets <= 1 && <Nothing>No greenlet runs in this program now.</Nothing>}
    </>
  );
}

function Tiles({ totals }: { totals: Totals }) {
  const { hub } = totals;
  return (
    <dl class="tiles">
      <Tile label="greenlets" value={count(hub.greenlets)} />
      <Tile label="timers" value={count(hub.timers)} />
      <Tile label="spawned so far" value={count(hub.spawned)} />
      <Tile label="ended" value={count(hub.ended)} />
      <Tile label="heap" value={bytes(totals.heap)} />
      <Tile label="event loop busy" value={`${Math.round(100 * totals.busy)} %`} />
    </dl>
  );
}

/** The last two minutes. */
function Charts({ history }: { history: History }) {
  return (
    <div class="charts">
      <Chart
        title="Greenlets"
        at={history.at}
        stacked
        format={count}
        lines={[
          { label: 'waiting', color: '--waiting', values: history.waiting },
          { label: 'ready', color: '--ready', values: history.ready },
        ]}
      />
      <Chart
        title="Switches a second"
        at={history.at}
        format={count}
        lines={[{ label: 'switches', color: '--accent', values: history.switches }]}
      />
      <Chart
        title="Delay of the event loop, ms"
        at={history.at}
        format={duration}
        lines={[{ label: 'worst', color: '--delay', values: history.delay }]}
      />
    </div>
  );
}

/** How long greenlets run and are ready. */
function Times({ times, measuring }: { times: OverviewPage['times']; measuring: Measuring }) {
  return (
    <section class="panel">
      <div class="head">
        <h2>Times</h2>
        <MeasureButton measuring={measuring} />
      </div>
      {times === null ? (
        <Nothing>How long greenlets run, and how long they are ready before, is not measured.</Nothing>
      ) : (
        <div class="pair">
          <Histogram title="Greenlets run for" data={times.slices} nothing="None has run yet." />
          <Histogram
            title="Greenlets are ready for, before they run"
            data={times.delays}
            nothing="None was ready yet."
          />
        </div>
      )}
    </section>
  );
}

function Tile({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
