import { expect, test } from '@jest/globals';
import { selectorsOf } from './planned-queries.js';

test.each([
  ['max by (database) (a_age_seconds) > 60 unless on (namespace, database) b:max > 0', ['a_age_seconds', 'b:max']],
  ['sum by (a) (increase(c_total{outcome="failed"}[10m])) > 0', ['c_total{outcome="failed"}']],
  [
    'outrider:slo:ratio > on (slo) group_left 14.4 * (1 - outrider:slo:objective) and on (x) y',
    ['outrider:slo:ratio', 'outrider:slo:objective', 'y'],
  ],
  ['time() - t_seconds > 1800', ['t_seconds']],
  ['histogram_quantile(0.99, sum by (le) (rate(h_bucket{a="b"}[1m])))', ['h_bucket{a="b"}']],
])('%s reads its series', (expr, selectors) => {
  expect(selectorsOf(expr)).toEqual(selectors);
});
