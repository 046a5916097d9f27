import { useRef, useState } from 'react';
import { pong } from './pong.ts';
import { useGreenlet } from './use-greenlet.ts';

export function Game() {
  const court = useRef<SVGSVGElement>(null);
  const [score, setScore] = useState('');
  useGreenlet(() => pong(court.current!, setScore), []);
  return (
    <>
      <p className="score" role="status">
        {score}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keys steer the game */}
      <svg className="court" viewBox="0 0 400 240" tabIndex={0} role="application" aria-label="The court" ref={court} />
    </>
  );
}
