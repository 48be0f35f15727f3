import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { lintDashboard, type DashboardJson } from './lint-dashboard.js';

const folder = join(PROJECT_ROOT, 'k8s/monitoring/dashboards');
const read = async (name: string): Promise<DashboardJson> => JSON.parse(await readFile(join(folder, name), 'utf8'));

test('every dashboard keeps the rules, and no two have one uid', async () => {
  const dashboards = await Promise.all((await readdir(folder)).map(read));
  expect(dashboards.flatMap(lintDashboard)).toEqual([]);
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  expect(dashboards.length).toBe(5);
});

test('every panel that shows what an alert is about leads to its runbook', async () => {
  for (const { panels = [] } of await Promise.all((await readdir(folder)).map(read))) {
    for (const { links = [] } of panels) {
      for (const { url = '' } of links) {
        expect(await readFile(join(PROJECT_ROOT, url), 'utf8')).toContain('## Do');
      }
    }
  }
});

const spoilt = async (spoil: (panel: Record<string, unknown>) => object): Promise<string[]> => {
  const whole = await read('outrider-orders.json');
  const [first, ...others] = whole.panels ?? [];
  return lintDashboard({ ...whole, panels: [spoil({ ...first }), ...others] });
};
const querying = (expr: string) => (panel: Record<string, unknown>) => ({
  ...panel,
  targets: [{ expr, datasource: { uid: '$datasource' } }],
});

test.each([
  ['has no unit', (panel: object) => ({ ...panel, fieldConfig: { defaults: {} } })],
  ['has no description', (panel: object) => ({ ...panel, description: '' })],
  ['is not of $datasource', (panel: object) => ({ ...panel, datasource: { uid: 'mine' } })],
  ['has no query', (panel: object) => ({ ...panel, targets: [] })],
  ['is not of $namespace', querying('sum(up)')],
  ['is not of $namespace', querying('sum(a{namespace=~"$namespace"}) / sum(b{x="1"})')],
  ['another range than $__rate_interval', querying('rate(a_total{namespace=~"$namespace"}[5m])')],
  ['shows a counter without rate', querying('sum(a_total{namespace=~"$namespace"})')],
])('a panel that %s is found', async (fault, spoil) => {
  expect(await spoilt(spoil)).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
});
