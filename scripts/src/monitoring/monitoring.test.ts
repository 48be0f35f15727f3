import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { findPromtool, promtool } from '../testing/promtool.js';
import { ALERT_CASES } from './alert-cases.js';
import { monitoringFiles } from './files.js';
import { operatorAlerts } from './operator-alerts.js';
import { operatorQueries, selectorsOf } from './planned-queries.js';
import { ALERTS } from './render-rules.js';

const MONITORING = join(PROJECT_ROOT, 'k8s/monitoring');
const promtoolCommand = findPromtool();
const NAMES = [...new Set([...ALERTS, ...operatorAlerts].map(({ alert }) => alert))];

test.each(Object.entries(monitoringFiles()))('%s is as its sources make it', async (name, text) => {
  expect(text).toBe(await readFile(join(MONITORING, name), 'utf8'));
});

test('every alert is tried: firing, silent, and through a restart', () => {
  const tried = new Set(ALERT_CASES.map(({ alert }) => alert.split('"')[0]));
  expect(NAMES.filter((name) => !tried.has(name))).toEqual([]);
});

test.each(NAMES)('the runbook of %s says what to feel, ask, do, whom to wake and when it is over', async (name) => {
  const page = await readFile(join(PROJECT_ROOT, 'docs/runbooks', `${name}.md`), 'utf8');
  const headings = ['What customers feel', 'Ask', 'Do', 'Whom to wake', 'Over when'];
  expect([...page.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading)).toEqual(headings);
  expect([...page.matchAll(/^```promql\n/gmu)].length).toBeGreaterThanOrEqual(3);
});

test('what is asked of the operator’s metrics is there', async () => {
  const queries = await operatorQueries(join(PROJECT_ROOT, 'docs/runbooks'));
  expect(queries.length).toBeGreaterThan(12);
  const page = await readFile(join(PROJECT_ROOT, 'docs/metrics.md'), 'utf8');
  const asked = queries.flatMap(({ expr }) => selectorsOf(expr).map((one) => one.split('{')[0] ?? ''));
  const names = new Set(asked.map((name) => name.replace(/_bucket$/u, '')));
  expect([...names].filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

(promtoolCommand === undefined ? test.skip : test)(
  'the rules are right, and every alert is seen to fire and to stay silent (needs promtool)',
  async () => {
    const run = (...args: string[]) => promtool(promtoolCommand!, args, { cwd: MONITORING });
    expect(await run('check', 'rules', 'rules.yaml', 'operator-rules.yaml')).not.toMatch(/FAILED/u);
    expect(await run('test', 'rules', 'rules_test.yaml')).toMatch(/SUCCESS/u);
  },
  180_000,
);
