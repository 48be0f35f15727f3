import { expect, test } from '@jest/globals';
import { alertGroups } from './alerts.js';
import { pacedGroups } from './pace-rules.js';
import { recordingGroups } from './recording-rules.js';

const expressionOf = (name: string, pace: number): string =>
  pacedGroups([...recordingGroups, ...alertGroups], pace)
    .flatMap(({ rules }) => rules)
    .filter((rule) => ('record' in rule ? rule.record : rule.alert) === name)
    .map((rule) => ('for' in rule ? `${rule.expr} for ${rule.for}` : rule.expr))[0] ?? '';

test.each([
  [
    'outrider:replay_age_seconds:max',
    'max by (namespace, database) (last_over_time(outbox_oldest_replay_age_seconds[9000ms]))',
  ],
  [
    'OutriderOutboxAge',
    'outrider:outbox_age_seconds:max > 3 unless on (namespace, database) outrider:replay_age_seconds:max > 0 for 6000ms',
  ],
  ['OutriderBooksNotChecked', 'time() - outrider:books_checked_timestamp_seconds:max > 90 for 30000ms'],
  ['OutriderPaymentsInDoubt', 'outrider:payments_in_doubt_age_seconds:max > 30 for 3000ms'],
  ['OutriderShardsUnowned', 'outrider:shards_owned:sum < 64 for 6000ms'],
])('%s, twenty times faster', (name, expr) => {
  expect(expressionOf(name, 20)).toBe(expr);
});

test('what is recorded keeps its name, though its window is shorter', () => {
  const expr = expressionOf('outrider:slo_errors:ratio_rate1h', 60);
  expect(expr).toContain('[60000ms]');
  expect(expr).not.toContain('[1h]');
});
