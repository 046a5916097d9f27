import type { Change, Watched } from '../inspect/console/protocol.ts';
import { clock, count, fine } from './format.ts';
import { GreenletLink } from './parts.tsx';

/** The last states of one greenlet, the latest first. */
export function Changes({ watched: { changes, changed, until } }: { watched: Watched }) {
  const rows = changes.map((change, i) => ({
    change,
    number: changed - changes.length + i,
    lasted: lastedOf(changes, i, until),
  }));
  return (
    <div class="scroll">
      <table class="changes">
        <thead>
          <tr>
            <th>at</th>
            <th>state</th>
            <th class="number">for</th>
            <th>what</th>
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map(({ change, number, lasted }) => (
            <tr key={number}>
              <td class="number faint">{number === 0 ? 'before' : clock(change.at, true)}</td>
              <td>
                <span class={`state ${change.state.replace(' ', '-')}`}>{change.state}</span>
              </td>
              <td class="number">{lasted === null ? '' : fine(lasted)}</td>
              <td class="wait">
                <What change={change} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changed > changes.length && <p class="pager">{`the last ${changes.length} of ${count(changed)} changes`}</p>}
    </div>
  );
}

function What({ change: { state, waitsFor, by } }: { change: Change }) {
  if (waitsFor !== null) return <span>for {waitsFor}</span>;
  if (by === null) return null;
  if (by.id === 0) return <span class="faint">{state === 'killed' ? 'by main' : 'by the event loop'}</span>;
  return (
    <span>
      by <GreenletLink id={by.id} name={by.name} />
    </span>
  );
}

/** How long a state has lasted. Null for marks, which are no states, and for the end. */
function lastedOf(changes: readonly Change[], index: number, until: number): number | null {
  const change = changes[index] as Change;
  if (!isState(change) || change.state === 'ended') return null;
  const next = changes.find((each, i) => i > index && isState(each));
  return (next?.at ?? until) - change.at;
}

function isState({ state }: Change): boolean {
  return state !== 'killed' && state !== 'timed out';
}
