/** A chart of the results: the time of each peer as a multiple of greenhub's. */
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Outcome } from './measure.ts';
import { here } from './paths.ts';
import { isFailed } from './verdicts.ts';

/** The most common operations; the table has the others. */
const CHARTED = [
  'switch',
  'yield2',
  'spawn',
  'channel',
  'queue1',
  'queue1024',
  'semaphore',
  'poolMap',
  'kill',
  'deep1000',
  'sleeperBytes',
  'crawlRequest',
];

const FONT = 'DejaVu Sans';
const OWN_COLOR = '#1b7f4d';

export async function drawChart(outcomes: readonly Outcome[], caption: string): Promise<{ svg: string; png: Buffer }> {
  const { spec } = compile(specification(outcomes, caption));
  const svg = await new View(parse(spec), { renderer: 'none' }).toSVG();
  const fonts = join(here, 'node_modules/dejavu-fonts-ttf/ttf');
  const image = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: 1.5 },
    font: {
      fontFiles: [join(fonts, 'DejaVuSans.ttf'), join(fonts, 'DejaVuSans-Bold.ttf')],
      loadSystemFonts: false,
      defaultFontFamily: FONT,
    },
  });
  return { svg, png: image.render().asPng() };
}

function specification(outcomes: readonly Outcome[], caption: string): TopLevelSpec {
  const charts = CHARTED.flatMap((name) => outcomes.filter(({ operation }) => operation === name));
  const ratios = charts.flatMap(({ peers }) => peers.flatMap((peer) => (isFailed(peer) ? [] : [peer.ratio])));
  const domain = { least: Math.min(0.5, ...ratios) * 0.9, most: Math.max(10, ...ratios) * 10 };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: 'Cost as a multiple of greenhub',
      subtitle: [caption, 'Shorter is better; the line is greenhub. Logarithmic.'],
      anchor: 'start',
      fontSize: 16,
      subtitleColor: '#555',
    },
    background: 'white',
    config: { font: FONT, view: { stroke: null } },
    columns: 2,
    concat: charts.map((outcome) => panel(outcome, domain)),
    resolve: { scale: { x: 'shared', y: 'independent' } },
  } as TopLevelSpec;
}

function panel({ title, unit, greenhub, peers }: Outcome, domain: { least: number; most: number }): object {
  const bars = [greenhub, ...peers.filter((peer) => !isFailed(peer))].map((measured) => {
    if (isFailed(measured)) throw new Error('a failure has no bar');
    const { peer, ratio, value } = measured;
    return { peer, ratio, label: label(ratio, value, unit), own: peer === 'greenhub' };
  });
  const x = { field: 'ratio', type: 'quantitative', scale: { type: 'log', domain: [domain.least, domain.most] } };
  const y = {
    field: 'peer',
    type: 'nominal',
    sort: { field: 'ratio' },
    title: null,
    axis: { ticks: false, domain: false },
  };
  const color = { condition: { test: 'datum.own', value: OWN_COLOR }, value: '#333' };
  return {
    title: { text: title, anchor: 'start', frame: 'group', fontSize: 12 },
    width: 280,
    height: { step: 17 },
    data: { values: bars },
    encoding: { y },
    layer: [
      {
        mark: { type: 'bar', height: 11, color: '#9aa5b1' },
        encoding: {
          x: { ...x, axis: { title: null, values: [0.1, 0.5, 1, 10, 100, 1_000], grid: true, format: '~g' } },
          x2: { datum: 1 },
        },
      },
      { mark: { type: 'rule', color: OWN_COLOR }, encoding: { x: { datum: 1, type: 'quantitative' }, y: null } },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 9 },
        encoding: { x: { ...x, field: 'place' }, text: { field: 'label', type: 'nominal' }, color },
        transform: [{ calculate: 'max(datum.ratio, 1)', as: 'place' }],
      },
    ],
  };
}

function label(ratio: number, value: number, unit: string): string {
  const digits = value < 100 ? 1 : 0;
  const amount = `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`;
  return ratio === 1 ? amount : `${amount} (${ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(1)} ×)`;
}
