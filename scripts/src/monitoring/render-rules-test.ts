import { stringify } from 'yaml';
import { ALERT_CASES, type AlertCase } from './alert-cases.js';

const STEPS_A_MINUTE = 4;
/** A restart takes this long, in minutes; the new process has another `instance`. */
const RESTART = 1;
const AFTER = 3;

interface Series {
  readonly series: string;
  readonly values: string;
}

const named = (series: string, instance: string): string =>
  series.endsWith('}') ? `${series.slice(0, -1)},instance="${instance}"}` : `${series}{instance="${instance}"}`;

/** `value` for so many steps; one that grows goes on from where it stood, unless its counter began again. */
const lasting = (value: string, steps: number): string => `${value}x${steps}`;

function seriesOf(given: AlertCase['bad'], minutes: number): Series[] {
  return Object.entries(given).map(([series, value]) => ({
    series: named(series, 'one'),
    values: lasting(value, minutes * STEPS_A_MINUTE),
  }));
}

/** The same process ended and started again: a gap, and then series of another instance. */
function restarted(given: AlertCase['bad'], minutes: number): Series[] {
  return Object.entries(given).flatMap(([series, value]) => {
    const steps = minutes * STEPS_A_MINUTE;
    const gap = RESTART * STEPS_A_MINUTE;
    const [first = '', growth] = value.split('+');
    // a gauge of what is in a database goes on from where it was; a counter begins at 0
    const counts = /_(?:total|count|bucket)(?:\{|$)/u.test(series) || growth === undefined;
    const again = counts ? value : `${Number(first) + Number(growth) * (steps + gap)}+${growth}`;
    return [
      { series: named(series, 'one'), values: `${lasting(value, steps)} stale` },
      {
        series: named(series, 'two'),
        values: `_x${steps + gap} ${lasting(again, (minutes + AFTER) * STEPS_A_MINUTE)}`,
      },
    ];
  });
}

function testOf(
  name: string,
  alert: string,
  series: readonly Series[],
  fires: readonly [minute: number, value: number][],
) {
  return {
    name,
    interval: '15s',
    input_series: series.length === 0 ? [{ series: 'up{instance="one"}', values: '1x240' }] : series,
    promql_expr_test: fires.map(([minute, value]) => ({
      expr: `(count(ALERTS{alertstate="firing",alertname="${alert}"}) > bool 0) or vector(0)`,
      eval_time: `${Math.round(minute * 60)}s`,
      exp_samples: [{ labels: '{}', value }],
    })),
  };
}

function testsOf({ alert, minutes, bad, good }: AlertCase): object[] {
  const name = alert.replaceAll('"', '');
  const end = minutes + RESTART + AFTER;
  return [
    testOf(`${name} fires`, alert, seriesOf(bad, minutes), [[minutes, 1]]),
    testOf(`${name} stays silent in health`, alert, seriesOf(good, end), [
      [minutes, 0],
      [end, 0],
    ]),
    testOf(`${name} stays silent in health through a restart`, alert, restarted(good, minutes), [
      [minutes + RESTART / 2, 0],
      [end, 0],
    ]),
    ...(Object.keys(bad).length === 0
      ? []
      : [
          testOf(`${name} goes on firing through a restart`, alert, restarted(bad, minutes), [
            [minutes + RESTART / 2, 1],
            [minutes + RESTART + 0.5, 1],
            [end, 1],
          ]),
        ]),
  ];
}

const replay = testOf(
  'the age of history that a replay sends again wakes nobody',
  'OutriderOutboxAge',
  seriesOf(
    {
      'outbox_oldest_unpublished_age_seconds{database="order"}': '90000',
      'outbox_oldest_replay_age_seconds{database="order"}': '5+15',
    },
    10,
  ),
  [[9, 0]],
);

/** k8s/monitoring/rules_test.yaml, for `promtool test rules`. */
export function renderRulesTest(): string {
  const tests = [...ALERT_CASES.flatMap(testsOf), replay];
  return `# Made by \`npm run monitoring\` from scripts/src/monitoring; do not edit. promtool test rules rules_test.yaml\n${stringify(
    { rule_files: ['rules.yaml', 'operator-rules.yaml'], evaluation_interval: '15s', tests },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )}`;
}
