import * as assert from 'uvu/assert';
import { checkedOptions, checkedOwnOptions, type OptionNames } from '../../../lib/hub/checks/options.ts';
import { thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('hub/options');

interface Options {
  timeout?: number;
  raiseError?: boolean;
  reason?: unknown;
  retryIf?: () => boolean;
}

const NAMES: OptionNames<Options> = { timeout: 'number', raiseError: 'boolean', retryIf: 'function', reason: 'any' };

function check(options: unknown): unknown {
  return checkedOptions(options as Options | undefined, NAMES, 'call()');
}

function messageFor(options: unknown): string {
  const error = thrownBy(() => check(options));
  assert.instance(error, TypeError);
  return (error as TypeError).message;
}

test('valid options are returned unchanged, and undefined without options', () => {
  for (const options of [{}, { timeout: 5 }, { timeout: undefined, reason: null }, JSON.parse('{"timeout":5}')]) {
    assert.is(check(options), options);
  }
  assert.is(check(undefined), undefined);
});

test('an object may inherit options and any other property', () => {
  class Defaults {
    get timeout(): number {
      return 5;
    }
    load(): void {}
  }
  for (const options of [
    Object.create({ timeout: 5, colour: 'red' }),
    Object.assign(Object.create(null), { timeout: 5 }),
    new Defaults(),
  ]) {
    assert.is(check(options), options);
  }
});

test('names that are not enumerable, or symbols, are no options', () => {
  const options = Object.defineProperty({ timeout: 5, [Symbol('mark')]: 1 }, 'cache', { value: 1 });
  assert.is(check(options), options);
});

test('a getter is not called', () => {
  let calls = 0;
  check({
    get timeout() {
      calls += 1;
      return 5;
    },
  });
  assert.is(calls, 0);
});

test('a switch is true, false or undefined', () => {
  for (const raiseError of [true, false, undefined])
    assert.is((check({ raiseError }) as Options).raiseError, raiseError);
  for (const [raiseError, shown] of [
    [1, '1'],
    ['yes', 'a string'],
    [null, 'null'],
  ]) {
    assert.is(messageFor({ timeout: 5, raiseError }), `raiseError of call() must be true or false, not ${shown}`);
  }
});

test('an error for a misspelt option names the nearest one', () => {
  const slips = {
    timout: 'timeout',
    timeuot: 'timeout',
    TimeOut: 'timeout',
    raise_error: 'raiseError',
    reson: 'reason',
  };
  for (const [slip, name] of Object.entries(slips)) {
    assert.is(messageFor({ [slip]: 5 }), `${slip} is not an option of call(): did you mean ${name}?`);
  }
});

test('a misspelt option is refused beside valid ones, and without a value', () => {
  assert.match(messageFor({ timeout: 5, reson: undefined }), 'did you mean reason?');
});

test('an error for a name that resembles no option lists all options', () => {
  const list = 'it takes timeout, raiseError, retryIf and reason';
  for (const name of ['colour', 'toString', '__proto__']) {
    assert.is(messageFor(JSON.parse(`{ "${name}": 5 }`)), `${name} is not an option of call(): ${list}`);
  }
});

test('a message shows no line break of a name, and not all of a long one', () => {
  assert.match(messageFor({ 'a\nb': 5 }), /^"a\\nb" is not an option/);
  assert.ok(messageFor({ ['x'.repeat(10_000)]: 5 }).length < 200);
});

test('an error for anything but an options object shows the option that was probably meant', () => {
  const start = 'call() takes its options as an object, not';
  assert.is(messageFor(5), `${start} 5: write { timeout: 5 }`);
  assert.is(messageFor(true), `${start} true: write { raiseError: … }`);
  assert.is(messageFor(null), `${start} null: write { reason: … }`);
  assert.is(
    messageFor(() => {}),
    `${start} a function: write { retryIf: … }`,
  );
  assert.is(messageFor(new Error('why')), `${start} an Error: write { reason: … }`);
  assert.is(messageFor(['why']), `${start} an array: write { reason: … }`);
});

test('an error does not show a text, which may be a secret', () => {
  assert.not.match(messageFor('s3cret'), 's3cret');
});

test('an error calls an instance by its class, not by its fields', () => {
  class Greenhouse {
    panes = 4;
  }
  assert.match(messageFor(new Greenhouse()), 'not a Greenhouse:');
});

test('options for a foreign API may have any name but a misspelling of ours', () => {
  interface RequestOptions {
    timeout?: number;
    body?: string;
  }
  const names: OptionNames<RequestOptions> = { timeout: 'number', body: 'any' };
  const options: RequestOptions = { timeout: 5, body: 'x', ...{ maxRedirections: 3 } };
  assert.is(checkedOwnOptions(options, names, 'request()'), options);
  assert.is(checkedOwnOptions<RequestOptions>(undefined, names, 'request()'), undefined);
  assert.throws(
    () => checkedOwnOptions({ timout: 5 } as RequestOptions, names, 'request()'),
    /did you mean timeout\?$/,
  );
  assert.throws(() => checkedOwnOptions<RequestOptions>(5 as never, names, 'request()'), /write \{ timeout: 5 \}$/);
});

test.run();
