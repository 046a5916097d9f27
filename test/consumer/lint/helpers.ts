import { type Coroutine, type Operation, sleep, until } from 'greenhub';

export function* load(url: string) {
  yield* sleep(1);
  return url;
}
export function annotated(): Coroutine<number> {
  return count();
}
function* count() {
  yield* sleep(1);
  return 1;
}
export function pause(ms: number): Operation<void> {
  if (ms < 0) throw new RangeError('a pause is not negative');
  return sleep(ms);
}
export function* numbers() {
  yield 1;
  yield 2;
}
export function maybe(): Operation<void> | undefined {
  return Math.random() > 2 ? sleep(1) : undefined;
}
export async function rows(): Promise<number[]> {
  return [1];
}
export class Repository {
  *find(id: number) {
    yield* sleep(1);
    return id;
  }
  cached(id: number): number {
    return id;
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
  all = function* () {
    yield* until(Promise.resolve());
    return [1];
  };
}
export interface Store {
  save(item: string): Operation<void>;
}
