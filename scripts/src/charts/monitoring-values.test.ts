import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../run/project.js';
import { findHelms, render, valuesOf } from './helm.js';

interface Rule {
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Spec {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

const [helm] = findHelms();
const ON = ['--set', 'monitoring.rules.enabled=true,monitoring.dashboards.enabled=true'];
const RUNBOOKS = 'https://runbooks.example/outrider';

(helm === undefined ? describe.skip : describe)('values of monitoring (needs Helm)', () => {
  const objects = (...args: string[]) => render(helm!, [...valuesOf('minimal'), ...ON, ...args]);
  const specIn = async (...args: string[]) =>
    (await objects(...args)).find(({ kind }) => kind === 'PrometheusRule')!['spec'] as Spec;
  const rulesIn = async (...args: string[]) => (await specIn(...args)).groups.flatMap(({ rules }) => rules);

  test('without any, the rules are those of k8s/monitoring', async () => {
    const file = await readFile(join(PROJECT_ROOT, 'k8s/monitoring/prometheus-rule.yaml'), 'utf8');
    expect(await specIn()).toEqual((parse(file) as { spec: Spec }).spec);
  });

  test('what is promised is what the error budgets are counted from', async () => {
    const before = await rulesIn();
    const after = await rulesIn('--set-json', 'monitoring.objectives={"orders":0.99,"requests":0.9995}');
    const objectives = (rules: readonly Rule[]) =>
      rules.filter(({ record }) => record === 'outrider:slo:objective').map(({ labels, expr }) => [labels, expr]);
    expect(objectives(before)).toEqual([
      [{ slo: 'orders' }, 'vector(0.995)'],
      [{ slo: 'requests' }, 'vector(0.999)'],
    ]);
    expect(objectives(after)).toEqual([
      [{ slo: 'orders' }, 'vector(0.99)'],
      [{ slo: 'requests' }, 'vector(0.9995)'],
    ]);
    const others = (rules: readonly Rule[]) => rules.filter(({ record }) => record !== 'outrider:slo:objective');
    expect(others(after)).toEqual(others(before));
  });

  test('alerts and dashboards lead to the runbooks of a shop', async () => {
    const args = ['--set', `monitoring.rules.runbooks=${RUNBOOKS}`];
    const alerts = (await rulesIn(...args)).filter(({ annotations }) => annotations !== undefined);
    expect(alerts.length).toBeGreaterThan(15);
    for (const { annotations } of alerts) {
      expect(annotations!['runbook_url']).toMatch(/^https:\/\/runbooks\.example\/outrider\/Outrider\w+\.md$/u);
    }
    const dashboards = (await objects(...args)).filter(({ metadata }) => metadata.name.includes('-dashboard-'));
    expect(dashboards).toHaveLength(5);
    for (const dashboard of dashboards) {
      const [text = ''] = Object.values(dashboard['data'] as Record<string, string>);
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      expect(text).toContain(`"${RUNBOOKS}/Outrider`);
      expect(text).not.toContain('docs/runbooks');
    }
  });

  test.each([
    ['an objective of all', ['--set', 'monitoring.objectives.orders=1'], '/monitoring/objectives/orders'],
    [
      'one that no alert could miss',
      ['--set-json', 'monitoring.objectives.orders=0.5'],
      '/monitoring/objectives/orders',
    ],
    ['one that is not known', ['--set-json', 'monitoring.objectives.order=0.99'], `'order' not allowed`],
    [
      'an address with a slash at its end',
      ['--set', `monitoring.rules.runbooks=${RUNBOOKS}/`],
      '/monitoring/rules/runbooks',
    ],
  ])('%s is refused', async (_what, args, message) => {
    await expect(objects(...args)).rejects.toThrow(message);
  });
});
