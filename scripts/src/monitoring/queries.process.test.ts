import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { prometheusCommand } from '../testing/prometheus-command.js';
import { CommandSandbox, type StartedCommand } from '../testing/started-command.js';
import { StartedPrometheus, targetsOf } from '../installation/started-prometheus.js';
import { EMPTY_IN_HEALTH } from './empty-in-health.js';
import { fillIn, namespaces } from './fill-in.js';
import {
  alertQueries,
  panelQueries,
  recordingQueries,
  runbookQueries,
  sampleQueries,
  selectorsOf,
  type PlannedQuery,
} from './planned-queries.js';
import { PrometheusApi, type Range } from './prometheus-api.js';

/** For a run by hand, QUERIES_MINUTES=10: a round every ten seconds; the orders of a round before are not placed again. */
const MINUTES = Number(process.env['QUERIES_MINUTES'] ?? 0);
const ROUNDS = Math.max(3, Math.min(66, MINUTES * 6));
/** Prometheus's own looks each 5 s: every round shows as an increase to both */
const PAUSE_MS = MINUTES > 0 ? 10_000 : 6_000;

jest.setTimeout(400_000 + MINUTES * 120_000);

const command = prometheusCommand();
const testWithPrometheus = command === undefined ? test.skip : test;
const NAMESPACE = 'a-shop';
/** as a ReplicaSet's hash ends a version */
const REVISION = '7c5d9f6b8';
const RECORDED_WITHIN_MS = 90_000;

let sandbox: CommandSandbox;
let up: StartedCommand;
/** one that scrapes as prometheus-operator lets it, by the labels of a ServiceMonitor */
let inCluster: StartedPrometheus;
let bare: PrometheusApi;
let from: number;

const placed = async (...args: readonly string[]): Promise<void> => {
  const placing = sandbox.start('place-orders', args);
  const code = await placing.ended;
  expect({ code, said: code === 0 ? '' : placing.output }).toEqual({ code: 0, said: '' });
};

beforeAll(async () => {
  if (command === undefined) return;
  from = Date.now() / 1_000;
  sandbox = await CommandSandbox.make();
  up = sandbox.start(
    'up',
    ['--replicas', '2', '--prometheus', '--payments', 'declines=20,timeouts=10', '--seed', '7'],
    {
      PAYMENT_PROVIDER_TIMEOUT_MS: '1000',
      RECONCILE_EVERY_MS: '5000',
      APP_VERSION: `0.2.0-${REVISION}`,
    },
  );
  const file = await up.upFile();
  bare = new PrometheusApi(file.prometheus?.url ?? '');
  inCluster = await StartedPrometheus.start(command, {
    targets: targetsOf(file),
    everySeconds: 5,
    labels: (part, target) => ({
      namespace: NAMESPACE,
      service: `shop-outrider-${part}`,
      pod: `shop-outrider-${part}-${target.split(':')[1]}`,
      container: part,
      endpoint: 'admin',
    }),
  });
  // what is counted before the first look never shows as an increase
  await up.until('both have looked at every process', async () => {
    const counts = await Promise.all([bare, inCluster.api].map((api) => api.targets()));
    return counts.every(({ up: answered, all }) => all > 0 && answered === all) || undefined;
  });
  // orders at several times, so that rates over a minute have something to show whenever they are asked for
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (round > 1) await sleep(PAUSE_MS);
    const orders = await sandbox.orders(15 * round);
    await placed(orders, '--seed', String(round), '--stock', '90');
  }
  // rules are evaluated each 15 s, and some look at what others have recorded
  const patience = Date.now() + RECORDED_WITHIN_MS;
  const names = [...new Set(recordingQueries().map(({ where }) => where))];
  await up.until('every rule has recorded something', async () => {
    for (const prometheus of [bare, inCluster.api]) {
      for (const name of names) {
        // what is still missing then the tests name
        if (Date.now() < patience && !(await shows(prometheus, name))) return undefined;
      }
    }
    return true;
  });
});
afterAll(async () => {
  await inCluster?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
});

const range = (): Range => ({ from, to: Date.now() / 1_000, step: 15 });

/** Whether a query has shown anything at any time: a number, and not the result of 0 / 0. */
async function shows(prometheus: PrometheusApi, expr: string): Promise<boolean> {
  const series = await prometheus.range(expr, range());
  return series.some(({ points }) => points.some(([, value]) => !Number.isNaN(value)));
}

const isCondition = (expr: string): boolean => /[<>]|[!=]=/u.test(expr.replaceAll(/\{[^}]*\}/gu, ''));

/** What is wrong with a query of a healthy installation; undefined when nothing is. */
async function faultOf(prometheus: PrometheusApi, { where, expr }: PlannedQuery): Promise<string | undefined> {
  if (await shows(prometheus, expr)) return undefined;
  const missing: string[] = [];
  for (const selector of selectorsOf(expr)) if (!(await shows(prometheus, selector))) missing.push(selector);
  const listed = (selector: string): boolean => (selector.split('{')[0] ?? '') in EMPTY_IN_HEALTH;
  const unexplained = missing.filter((selector) => !listed(selector));
  if (unexplained.length > 0) return `${where}: nothing shows ${unexplained.join(', ')}`;
  return missing.length > 0 || isCondition(expr) || expr.startsWith('absent(')
    ? undefined
    : `${where}: nothing for ${expr}`;
}

async function faultsOf(prometheus: PrometheusApi, queries: readonly PlannedQuery[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const query of queries) {
    const fault = await faultOf(prometheus, query);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

describe.each([
  ['of one’s own', () => bare, ['.*']],
  ['that scrapes by a ServiceMonitor', () => inCluster.api, ['.*', NAMESPACE]],
] as const)('on a Prometheus %s', (_, prometheus, expectedNamespaces) => {
  testWithPrometheus('every query of every panel shows something (needs Prometheus)', async () => {
    const all = await namespaces(prometheus());
    expect(all).toEqual(expectedNamespaces);
    for (const namespace of all) {
      const filled = panelQueries().map(({ where, expr }) => ({ where, expr: fillIn(expr, namespace) }));
      expect(filled.length).toBeGreaterThan(40);
      expect(await faultsOf(prometheus(), filled)).toEqual([]);
    }
  });

  testWithPrometheus(
    'every rule records something, and every alert has what it looks at (needs Prometheus)',
    async () => {
      expect(await faultsOf(prometheus(), [...recordingQueries(), ...alertQueries()])).toEqual([]);
      const recorded = [...new Set(recordingQueries().map(({ where }) => where))];
      expect(
        await faultsOf(
          prometheus(),
          recorded.map((where) => ({ where, expr: where })),
        ),
      ).toEqual([]);
    },
  );

  testWithPrometheus('every query of every runbook can be asked (needs Prometheus)', async () => {
    const asked = await runbookQueries(join(PROJECT_ROOT, 'docs/runbooks'));
    expect(await faultsOf(prometheus(), asked)).toEqual([]);
  });
});

testWithPrometheus('what Argo Rollouts and KEDA are to ask shows something (needs Prometheus)', async () => {
  const folder = join(PROJECT_ROOT, 'charts/outrider/examples/manifests');
  const asked = await sampleQueries(folder, { namespace: NAMESPACE, revision: REVISION });
  expect(asked.map(({ where }) => where)).toEqual(['rollout.yaml', 'scaledobject.yaml']);
  for (const { where, expr } of asked) {
    expect({ where, shows: await shows(inCluster.api, expr) }).toEqual({ where, shows: true });
  }
  const other = await sampleQueries(folder, { namespace: NAMESPACE, revision: 'another' });
  expect(await shows(inCluster.api, other[0]!.expr)).toBe(false);
});

testWithPrometheus('a metric that is not there is found, behind a condition too (needs Prometheus)', async () => {
  for (const expr of [
    'max(no_such_metric)',
    'sum by (job) (rate(no_such_total[1m])) > 0',
    'saga_started_total{started_version="none"} > 5',
  ]) {
    expect(await faultOf(bare, { where: 'made up', expr })).toMatch(/^made up: nothing shows /u);
  }
});
