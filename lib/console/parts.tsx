/** Small pieces that several views show. */
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import type { Crowd, GreenletInfo, People, WarningRow } from '../inspect/console/protocol.ts';
import { count, counted } from './format.ts';
import { changed, linkTo, type Route } from './route.ts';

export function State({ state }: { state: GreenletInfo['state'] }) {
  return <span class={`state ${state}`}>{state}</span>;
}

/** The process or thread whose greenlets are shown, as `Within` has it; empty for the one that serves the console. */
export const PathOfProcess = createContext('');

export function GreenletLink({ id, name }: { id: number; name: string }) {
  return <a href={linkTo('greenlet', { in: useContext(PathOfProcess), id })}>{name}</a>;
}

/** The names of greenlets, or a dash. */
export function Names({ people }: { people: People }) {
  if (people.count === 0) return <span class="faint">–</span>;
  const others = people.count - people.some.length;
  return (
    <span class="names">
      {people.some.map(({ id, name }) => (
        <GreenletLink key={id} id={id} name={name} />
      ))}
      {others > 0 && <span class="faint">and {count(others)} more</span>}
    </span>
  );
}

/** What a greenlet waits for, with a link to it if it is known. */
export function Wait({ info: { waitsFor, waitsForId } }: { info: GreenletInfo }) {
  const path = useContext(PathOfProcess);
  if (waitsFor === null) return <span class="faint">–</span>;
  if (typeof waitsForId === 'number') return <GreenletLink id={waitsForId} name={waitsFor} />;
  // The view of objects has only those of the process that serves the console.
  if (waitsForId === null || path !== '') return <span>{waitsFor}</span>;
  return <a href={linkTo('objects', { filter: waitsForId })}>{waitsFor}</a>;
}

/** Groups as bars, largest first. Each leads to its greenlets. */
export function Crowds({ crowds, by }: { crowds: readonly Crowd[]; by: 'wait' | 'site' }) {
  const most = Math.max(1, ...crowds.map((crowd) => crowd.count));
  if (crowds.length === 0) return <Nothing>No greenlets.</Nothing>;
  return (
    <ul class="crowds">
      {crowds.map((crowd) => (
        <li key={crowd.label}>
          <a data-row href={linkTo('greenlets', { [by]: crowd.label })}>
            <span class="bar" style={{ width: `${(100 * crowd.count) / most}%` }} />
            <span class="label">{crowd.label}</span>
            <span class="number">{count(crowd.count)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Warnings({ warnings }: { warnings: readonly WarningRow[] }) {
  return (
    <ul class="warnings">
      {warnings.map(({ kind, message, greenlets }) => (
        <li key={message}>
          <span class={`kind ${kind}`}>{kind.replaceAll('-', ' ')}</span>
          <div>
            <p>{message}</p>
            <Names people={greenlets} />
          </div>
        </li>
      ))}
    </ul>
  );
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

/** Says which rows of how many are shown, and leads to the others. */
export function Pager({ route, from, shown, total, noun }: PagerProps) {
  const step = 100;
  const range =
    total === 0 ? counted(0, noun) : `${count(from + 1)} to ${count(from + shown)} of ${counted(total, noun)}`;
  return (
    <nav class="pager" aria-label="Rows">
      <span>{shown === total ? counted(total, noun) : range}</span>
      {from > 0 && <a href={changed(route, { from: Math.max(0, from - step) })}>Previous</a>}
      {from + shown < total && <a href={changed(route, { from: from + step })}>Next</a>}
    </nav>
  );
}

interface PagerProps {
  route: Route;
  from: number;
  shown: number;
  total: number;
  noun: string;
}

/** A filter that applies while you type. While it has the focus, a change of the address does not overwrite its text. */
export function Filter({ route, placeholder }: { route: Route; placeholder: string }) {
  const input = useRef<HTMLInputElement>(null);
  const filter = route.params.get('filter') ?? '';
  useEffect(() => {
    if (input.current !== null && input.current !== document.activeElement) input.current.value = filter;
  }, [filter]);
  return (
    <input
      ref={input}
      type="search"
      class="filter"
      aria-label={placeholder}
      placeholder={placeholder}
      onInput={({ currentTarget }) => location.replace(changed(route, { filter: currentTarget.value }))}
    />
  );
}
