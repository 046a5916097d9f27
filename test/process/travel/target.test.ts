import { deepStrictEqual as equal, throws } from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { Event } from '../../../lib/index.ts';
import { remote } from '../../../lib/process/travel/remote.ts';
import { placeOf, type TargetArgs, type TargetResult } from '../../../lib/process/travel/target.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel/target');
const url = import.meta.url;
const absolute = process.platform === 'win32' ? 'C:\\app\\work one.ts' : '/app/work one.ts';

class Counter {
  count = 1;
}

test('remote() gives the function back, and other processes find it at its place', () => {
  const functions = [(n: number) => n, function* () {}, async () => {}, Counter];
  for (const fn of functions) {
    equal(remote(url, 'work', fn), fn);
    equal(placeOf(fn), { module: url, export: 'work' });
  }
  equal(functions[0] === Counter || (functions[0] as (n: number) => number)(3), 3);
});

test('a module is a file: URL, its text or an absolute path', () => {
  const places: [module: URL | string, module: string][] = [
    [new URL('./work.ts', url), new URL('./work.ts', url).href],
    [new URL('./work.ts?v=1', url).href, new URL('./work.ts?v=1', url).href],
    [absolute, pathToFileURL(absolute).href],
    [new URL('data:text/javascript,export default 1'), 'data:text/javascript,export default 1'],
  ];
  for (const [module, expected] of places) {
    equal(placeOf({ module }), { module: expected, export: 'default' });
    equal(placeOf({ module, export: 'square' }), { module: expected, export: 'square' });
    equal(placeOf(remote(module, 'square', () => {})), { module: expected, export: 'square' });
  }
});

test("the copy of a module that tsx's tsImport() has loaded is the module itself elsewhere", () => {
  const fn = remote(`${url}?tsx-namespace=12-34`, 'work', () => {});
  equal(placeOf(fn).module, url);
});

test('what is no target is a TypeError that says what to write', () => {
  function square() {}
  const cases: [target: unknown, message: RegExp][] = [
    [
      square,
      /^apply\(\) cannot send the function square .*write export const square = remote\(import\.meta\.url, 'square', …\)/,
    ],
    [() => {}, /cannot send the function \(anonymous\).*export const work = remote/],
    [Counter.bind(null), /cannot send the function \(anonymous\)/],
    [(function* () {})(), /not a generator: write fn, \[args\] instead of fn\(args\)/],
    [new Event().wait(), /not an operation/],
    ['./work.ts', /takes a function of remote\(\) or \{ module, export \} as its target, not a string/],
    [undefined, /as its target, not undefined/],
    [{}, /as its target, not an? (?:O|o)bject/],
    [{ module: './work.ts' }, /"\.\/work\.ts" is neither: write new URL\("\.\/work\.ts", import\.meta\.url\)/],
    [{ module: 'work.ts' }, /write new URL\("\.\/work\.ts", import\.meta\.url\)/],
    [{ module: 'piscina' }, /write import\.meta\.resolve\("piscina"\)/],
    [{ module: '' }, /write import\.meta\.url/],
    [{ module: 'https://example.org/work.js' }, /is neither/],
    [{ module: new URL('https://example.org/work.js') }, /not as a https: URL/],
    [{ module: 3 }, /as a file: URL or an absolute path, not 3/],
    [{ module: url, export: 3 }, /export of a target must be the name of an export, not 3/],
    [{ module: url, export: '' }, /not ''/],
    [{ module: url, name: 'square' }, /name is not an option of apply\(\)/],
  ];
  for (const [target, message] of cases) {
    throws(() => placeOf(target, 'apply()'), { name: 'TypeError', message });
  }
});

test('wrong arguments of remote() are a TypeError', () => {
  const wrong = remote as (...args: unknown[]) => unknown;
  const cases: [args: unknown[], message: RegExp][] = [
    [[url, () => {}], /takes the name of the export as a string, not a function/],
    [[url, '', () => {}], /not ''/],
    [[url, 'work'], /takes a function/],
    [[url, 'work', (function* () {})()], /pass the function\* without calling it/],
    [['./work.ts', 'work', () => {}], /remote\(\) takes a module .*write new URL/],
    [[undefined, 'work', () => {}], /not undefined/],
  ];
  for (const [args, message] of cases) throws(() => wrong(...args), { name: 'TypeError', message });
});

test('the types of a target are those of its function', () => {
  const square = remote(url, 'square', function* (n: number) {
    return n * n;
  });
  const fetched = remote(url, 'fetched', async (url: string, size?: number) => url.length + (size ?? 0));
  const apply = <T>(_: T, ...args: TargetArgs<T>): TargetResult<T> | undefined => args as never;
  const four: number | undefined = apply(square, 2);
  const length: number | undefined = apply(fetched, 'a');
  // @ts-expect-error a string is no argument of square
  apply(square, 'a');
  // @ts-expect-error the result is a number
  const text: string | undefined = apply(square, 2);
  const unknownResult: unknown = apply({ module: url }, 1, 'a');
  equal([four, length, text, unknownResult].length, 4);
});

test.run();
