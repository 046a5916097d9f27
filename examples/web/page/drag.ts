import { type Coroutine, forEach, race } from 'greenhub';
import { events, once } from 'greenhub/web';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Lets the user drag an element about on its parent. */
export function* drag(box: HTMLElement): Coroutine<void> {
  let home: Point = { x: 0, y: 0 };
  const presses = events(box, 'pointerdown', { heard: (press) => box.setPointerCapture(press.pointerId) });
  yield* forEach(presses, function* (press) {
    // A quick tap is over before the greenlet runs.
    if (box.hasPointerCapture(press.pointerId)) home = yield* carry(box, press, home);
  });
}

/** One drag, from the press to the drop. Returns where the box is then. */
function* carry(box: HTMLElement, press: PointerEvent, home: Point): Coroutine<Point> {
  let place = home;
  box.classList.add('carried');
  try {
    const end = yield* race([
      () => follow(box, press, home),
      once(box, 'pointerup'),
      once(box, 'pointercancel'),
      () => key('Escape'),
    ]);
    if (end instanceof PointerEvent && end.type === 'pointerup') {
      move(box, moved(home, press, end));
      if (isOnBoard(box)) place = moved(home, press, end);
    }
  } finally {
    // After Escape, a drop beside the board or a kill, the box goes back to where it was.
    move(box, place);
    box.classList.remove('carried');
    if (box.hasPointerCapture(press.pointerId)) box.releasePointerCapture(press.pointerId);
  }
  return place;
}

/** Moves the box with the pointer, until it is killed. */
function* follow(box: HTMLElement, press: PointerEvent, home: Point): Coroutine<never> {
  for (;;) move(box, moved(home, press, yield* once(box, 'pointermove')));
}

function* key(name: string): Coroutine<KeyboardEvent> {
  for (;;) {
    const event = yield* once(document, 'keydown');
    if (event.key === name) return event;
  }
}

function moved(home: Point, from: PointerEvent, to: PointerEvent): Point {
  return { x: home.x + to.clientX - from.clientX, y: home.y + to.clientY - from.clientY };
}

function move(box: HTMLElement, { x, y }: Point): void {
  box.style.translate = `${x}px ${y}px`;
}

function isOnBoard(box: HTMLElement): boolean {
  const [inner, outer] = [box.getBoundingClientRect(), box.parentElement!.getBoundingClientRect()];
  const isInWidth = inner.left >= outer.left && inner.right <= outer.right;
  return isInWidth && inner.top >= outer.top && inner.bottom <= outer.bottom;
}
