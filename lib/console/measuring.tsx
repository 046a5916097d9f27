import { useState } from 'preact/hooks';
import type { Frame } from '../inspect/console/protocol.ts';
import { measure } from './server.ts';

export type Measuring = Frame['measuring'];

/** The button that turns measuring on and off. If something else measures, there is nothing to turn. */
export function MeasureButton({ measuring }: { measuring: Measuring }) {
  const [refusal, setRefusal] = useState<string | null>(null);
  if (measuring === 'elsewhere') {
    return (
      <span class="measuring on" title="The program, another page or greenhub top measures">
        Measured
      </span>
    );
  }
  const isOn = measuring === 'here';
  return (
    <>
      {refusal !== null && <span role="alert">{refusal}</span>}
      <button
        type="button"
        class={`measuring ${isOn ? 'on' : ''}`}
        aria-pressed={isOn}
        title={
          isOn
            ? 'Each switch costs some 65 ns more. It ends with this page'
            : 'Measures how long each greenlet runs and waits, as long as this page is open'
        }
        onClick={async () => setRefusal(await measure(!isOn))}
      >
        {isOn ? 'Stop measuring' : 'Measure times'}
      </button>
    </>
  );
}
