import { useRef } from 'react';
import { drag } from './drag.ts';
import { useGreenlet } from './use-greenlet.ts';

export function Board() {
  const box = useRef<HTMLDivElement>(null);
  useGreenlet(() => drag(box.current!), []);
  return (
    <div className="board">
      <div className="box" ref={box}>
        Drag me
      </div>
    </div>
  );
}
