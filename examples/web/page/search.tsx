import { sleep } from 'greenhub';
import { useReducer, useState } from 'react';
import { find, PAUSE, withEntry } from './find.ts';
import { useGreenlet } from './use-greenlet.ts';

export function Search() {
  const [text, setText] = useState('');
  const [cities, setCities] = useState<string[]>([]);
  const [entries, note] = useReducer(withEntry, []);

  // The next key changes the text, which kills this greenlet and spawns the next one.
  useGreenlet(
    function* search() {
      if (text !== '') yield* sleep(PAUSE);
      setCities(text === '' ? [] : yield* find(text, note));
    },
    [text],
  );

  return (
    <>
      <input
        type="search"
        aria-label="A city"
        placeholder="A city, such as be…"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ol className="log" aria-label="The last requests">
        {entries.map(({ id, text, outcome }) => (
          <li key={id} data-outcome={outcome}>
            “{text}” {outcome}
          </li>
        ))}
      </ol>
      <ul className="found" aria-label="Cities">
        {cities.map((city) => (
          <li key={city}>{city}</li>
        ))}
      </ul>
    </>
  );
}
