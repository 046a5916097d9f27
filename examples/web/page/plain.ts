/** The three programs on a page in plain DOM. */
import { type Coroutine, GreenletExit, race, sleep, spawn } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { once } from 'greenhub/web';
import { drag } from './drag.ts';
import { type Entry, find, PAUSE, withEntry } from './find.ts';
import { pong } from './pong.ts';

patchAll();

const input = element('.search input', HTMLInputElement);
const problem = element('.problem', HTMLElement);
const found = element('.found', HTMLElement);
const log = element('.log', HTMLElement);
const score = element('.score', HTMLElement);
let entries: readonly Entry[] = [];

spawn(search);
spawn(drag, element('.box', HTMLElement));
spawn(pong, element('.court', SVGSVGElement), (text: string) => {
  score.textContent = text;
});

/** The next key wins the race, and cancels the search for the text before it. */
function* search(): Coroutine<never> {
  for (;;) yield* race([once(input, 'input'), () => answer(input.value)]);
}

function* answer(text: string): Coroutine<void> {
  problem.hidden = true;
  try {
    if (text !== '') yield* sleep(PAUSE);
    show(text === '' ? [] : yield* find(text, note));
  } catch (error) {
    if (error instanceof GreenletExit) throw error;
    problem.textContent = `The search has failed. ${error}`;
    problem.hidden = false;
  }
  yield* sleep(Infinity); // until the next key
}

function show(cities: string[]): void {
  found.replaceChildren(...cities.map((city) => item(city)));
}

function note(entry: Entry): void {
  entries = withEntry(entries, entry);
  log.replaceChildren(...entries.map(({ text, outcome }) => item(`“${text}” ${outcome}`, outcome)));
}

function item(text: string, outcome?: string): HTMLLIElement {
  const li = document.createElement('li');
  li.textContent = text;
  if (outcome !== undefined) li.dataset.outcome = outcome;
  return li;
}

function element<E extends Element>(selector: string, Kind: new () => E): E {
  const found = document.querySelector(selector);
  if (found instanceof Kind) return found;
  throw new Error(`the page has no ${selector}`);
}
