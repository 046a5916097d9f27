/** The three programs as React components. Each can be unmounted, which kills its greenlet. */
import { patchAll } from 'greenhub/monkey';
import { type ReactNode, StrictMode, useId, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Board } from './board.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Game } from './game.tsx';
import { Search } from './search.tsx';

patchAll();

createRoot(document.querySelector('main')!).render(
  <StrictMode>
    <Card name="search" title="Type-ahead search" program={<Search />}>
      Each key changes the text, which kills the greenlet that asks for the text before it. The server is slow on
      purpose.
    </Card>
    <Card name="drag" title="Drag and drop" program={<Board />}>
      One drag is one straight line of code. Press Escape while you drag, or drop the box beside the board: it goes
      back.
    </Card>
    <Card name="game" title="Pong" program={<Game />}>
      The paddles, the ball and the score are greenlets that switch to each other in each frame. Serve with Space or a
      click on the court, and move with the arrow keys, the mouse or a finger.
    </Card>
  </StrictMode>,
);

function Card(props: { name: string; title: string; program: ReactNode; children: ReactNode }) {
  const id = useId();
  const [isMounted, setMounted] = useState(true);
  return (
    <section className={props.name} aria-labelledby={id}>
      <div className="head">
        <h2 id={id}>{props.title}</h2>
        <button type="button" onClick={() => setMounted(!isMounted)}>
          {isMounted ? 'Unmount' : 'Mount'}
        </button>
      </div>
      <p>{props.children}</p>
      {isMounted && <ErrorBoundary>{props.program}</ErrorBoundary>}
    </section>
  );
}
