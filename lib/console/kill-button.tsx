import { useEffect, useRef, useState } from 'preact/hooks';
import { kill } from './server.ts';

/** Kills after a second press, because a kill cannot be taken back. */
export function KillButton({ path, id }: { path: string; id: number }) {
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const danger = useRef<HTMLButtonElement>(null);
  // Once: the page is rendered each second, and the focus may have moved on to "Keep it".
  useEffect(() => danger.current?.focus(), [asking]);
  if (!asking) {
    return (
      <span class="kill">
        {refusal !== null && <span role="alert">{refusal}</span>}
        <button type="button" onClick={() => setAsking(true)}>
          Kill…
        </button>
      </span>
    );
  }
  const confirm = async () => {
    setAsking(false);
    setRefusal(await kill(path, id));
  };
  const keepOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    setAsking(false);
  };
  return (
    <span class="kill">
      <span>Its cleanup runs, then it ends.</span>
      <button type="button" class="danger" ref={danger} onClick={confirm} onKeyDown={keepOnEscape}>
        Kill it
      </button>
      <button type="button" onClick={() => setAsking(false)} onKeyDown={keepOnEscape}>
        Keep it
      </button>
    </span>
  );
}
