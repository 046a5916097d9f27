import { type Coroutine, getcurrent, greenlet } from 'greenhub';
import { animationFrame } from 'greenhub/web';
import { Controls } from './controls.ts';
import { Court } from './court.ts';

/** In units of the court for each second. */
const [YOUR_SPEED, COMPUTER_SPEED] = [220, 90];
/** The longest step of the game, in seconds: in a tab that was hidden, the ball must not jump. */
const LONGEST_STEP = 0.05;
const POINTS_TO_WIN = 5;

type News = 'returned' | 'won' | 'lost';

/**
 * Pong against the computer. The paddles, the ball and the score are greenlets that pass control to each other by `switch()`. In each
 * frame, the loop switches to the paddles and the ball with the time that has passed. Each makes its step and switches back, so its
 * place in the program is its state. The ball switches to the score when there is news.
 *
 * @param tell shows the score
 */
export function* pong(svg: SVGSVGElement, tell: (score: string) => void): Coroutine<never> {
  const court = new Court(svg);
  const controls = new Controls(svg);
  const loop = getcurrent();

  const you = greenlet(function* (seconds: number) {
    for (;;) {
      court.you.move(controls.way(court.you.y), YOUR_SPEED * seconds);
      seconds = yield* loop.switch();
    }
  });

  const computer = greenlet(function* (seconds: number) {
    for (;;) {
      court.computer.move(court.ball.y - court.computer.y, COMPUTER_SPEED * seconds);
      seconds = yield* loop.switch();
    }
  });

  const ball = greenlet(function* () {
    for (let serves = 0; ; serves += 1) {
      court.ball.place(serves);
      controls.forgetServe();
      while (!controls.isServed) yield* loop.switch();
      while (court.ball.isInPlay) {
        const seconds: number = yield* loop.switch();
        const paddle = court.ball.fly(seconds, court.you, court.computer);
        if (paddle === court.you) yield* score.switch('returned');
      }
      yield* score.switch(court.ball.isLost ? 'lost' : 'won');
    }
  });

  const score = greenlet(function* (news: News) {
    for (let longest = 0; ; ) {
      let [yours, computers, rally] = [0, 0, 0];
      while (yours < POINTS_TO_WIN && computers < POINTS_TO_WIN) {
        if (news === 'returned') rally += 1;
        else rally = 0;
        longest = Math.max(longest, rally);
        if (news === 'won') yours += 1;
        if (news === 'lost') computers += 1;
        tell(scoreText(yours, computers, longest));
        news = yield* ball.switch();
      }
    }
  });

  tell(scoreText(0, 0, 0));
  try {
    for (let before = yield* animationFrame(); ; ) {
      const now = yield* animationFrame();
      const seconds = Math.min((now - before) / 1_000, LONGEST_STEP);
      before = now;
      for (const part of [you, computer, ball]) yield* part.switch(seconds);
      court.draw();
    }
  } finally {
    controls.close();
    court.close();
  }
}

function scoreText(yours: number, computers: number, longest: number): string {
  const who = yours === POINTS_TO_WIN ? 'You win, ' : computers === POINTS_TO_WIN ? 'The computer wins, ' : '';
  return `${who}${yours} : ${computers} · longest rally ${longest}`;
}
