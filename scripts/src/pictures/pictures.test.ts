import { expect, test } from '@jest/globals';
import { drawDashboard } from './draw-dashboard.js';
import { drawPanel, legendOf, type DrawnPanel } from './draw-panel.js';
import { inUnit } from './units.js';

const panel = (series: DrawnPanel['series'], unit = 'short'): DrawnPanel => ({
  title: 'Orders & <others>',
  unit,
  series,
  from: 1_000,
  to: 1_600,
});

test.each([
  [0.0042, 's', '4.2 ms'],
  [7, 's', '7 s'],
  [600, 's', '10 min'],
  [0.0051, 'percentunit', '0.51 %'],
  [100 * 2 ** 20, 'bytes', '100 MiB'],
  [12.345, 'ops', '12.3/s'],
  [100_001, 'short', '100,000'],
])('%p in %s is %s', (value, unit, shown) => {
  expect(inUnit(value, unit)).toBe(shown);
});

test('a legend holds the values of labels, and nothing for one that is not there', () => {
  expect(legendOf('{{database}} {{worker}} 99 %', { database: 'order' })).toBe('order  99 %');
  // nothing of the machine that the picture was made on
  expect(legendOf('order {{file}}', { file: '/home/me/.run/1/access/keys.json' })).toBe('order access/keys.json');
  expect(legendOf('{{route}}', { route: '/orders/{id}/refunds' })).toBe('/orders/{id}/refunds');
});

test('a line goes from the first point to the last, the highest value at the top', () => {
  const svg = drawPanel(
    panel([
      {
        legend: 'all',
        points: [
          [1_000, 0],
          [1_300, 10],
          [1_600, 5],
        ],
      },
    ]),
  );
  expect(svg).toContain('d="M52 118L200 26L348 72"');
  expect(svg).toContain('>all  5</text>');
  expect(svg).toContain('Orders &amp; &lt;others&gt;');
});

test('what is no number is left out, and a panel without any says so', () => {
  expect(drawPanel(panel([{ legend: 'none', points: [[1_000, Number.NaN]] }]))).toContain('nothing to show');
  expect(drawPanel(panel([{ legend: 'zero', points: [[1_000, 0]] }]))).not.toContain('nothing to show');
});

test('a dashboard is as high as its panels need', () => {
  const svg = drawDashboard('Title', [panel([]), panel([]), panel([]), panel([])]);
  expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 1080 414"/u);
  expect(svg.match(/<g /gu)).toHaveLength(4);
});
