import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { notePlaced } from '../installation/run-notes.js';
import { RELEASE } from './release.js';
import type { TestRun } from './test-run.js';

const POD = 'load';
/** Between two orders, ms. */
const EVERY_MS = 250;
const BEGINS_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 2_000;
const ENDS_WITHIN_MS = 300_000;
/** Before anything is done to the installation, and after it: so that a gap has two ends, ms. */
const LEAD_MS = 5_000;

const resultSchema = z.object({
  requests: z.int(),
  failed: z.int(),
  failures: z.array(z.object({ at: z.string(), what: z.string() })),
  notAccepted: z.int(),
  accepted: z.array(z.string()),
  statuses: z.record(z.string(), z.int()),
  gap: z.object({ ms: z.number(), from: z.string() }),
});
type LoadResult = z.infer<typeof resultSchema>;

export interface LoadOptions {
  /** how its orders must end; `COMPLETED` unless said */
  readonly orders?: 'COMPLETED' | 'anyhow';
  /** a connection for each request, so that requests are spread over pods as connections are */
  readonly connections?: 'new';
}

/**
 * Does something to the installation while a pod places orders by its Services, four a second, and waits until each of
 * them has ended. A pod, since a forwarded port ends with the one pod it leads to.
 *
 * @throws CommandError when an order was lost, or has not ended as it must; with `none`, also when any request failed
 */
export async function underLoad(
  test: TestRun,
  failed: 'some' | 'none',
  work: () => Promise<void>,
  options: LoadOptions = {},
): Promise<string> {
  const { cluster, screen, signal } = test;
  const { run } = await test.reach();
  await cluster.k(['delete', 'pod,configmap', POD, '--ignore-not-found']);
  await cluster.k(['create', '--filename=-'], JSON.stringify(await loadObjects(test, options)));
  try {
    await untilLogged(test, BEGINS_WITHIN_MS, (log) => log.startsWith('begun'));
    await sleep(LEAD_MS, undefined, { signal });
    await work();
    await sleep(LEAD_MS, undefined, { signal });
    await cluster.k(['exec', POD, '--', '/nodejs/bin/node', '--eval', "process.kill(1, 'SIGUSR2')"]);
    const log = await untilLogged(test, ENDS_WITHIN_MS, (text) => text.includes('}\n'));
    const result = resultSchema.parse(JSON.parse(log.slice(log.indexOf('{'))));
    await notePlaced(run, result.accepted);
    for (const { at, what } of result.failures) screen.item(`failed at ${at}: ${what}`);
    mustBeWhole(result, failed, options);
    return shown(result);
  } finally {
    await cluster.kubectl.run([
      '--namespace',
      cluster.namespace,
      'delete',
      'pod,configmap',
      POD,
      '--ignore-not-found',
      '--grace-period=0',
      '--force',
    ]);
  }
}

function mustBeWhole(result: LoadResult, failed: 'some' | 'none', { orders = 'COMPLETED' }: LoadOptions): void {
  const { accepted, notAccepted, statuses } = result;
  const completed = statuses['COMPLETED'] ?? 0;
  const ended = Object.entries(statuses).reduce(
    (sum, [status, count]) => sum + (status === 'COMPLETED' || (orders === 'anyhow' && endsBadly(status)) ? count : 0),
    0,
  );
  if (ended !== accepted.length || notAccepted > 0 || completed === 0) {
    const how = orders === 'COMPLETED' ? 'was COMPLETED' : 'has ended';
    throw new CommandError(`Not every order ${how}: ${JSON.stringify(statuses)}, ${notAccepted} never accepted.`);
  }
  if (failed === 'none' && result.failed > 0) {
    throw new CommandError(`${result.failed} of ${plural(result.requests, 'request')} failed; none may.`);
  }
}

function shown({ requests, failed, accepted, statuses, gap }: LoadResult): string {
  const others = accepted.length - (statuses['COMPLETED'] ?? 0);
  const ended = others === 0 ? '' : `, ${others} of them not COMPLETED`;
  const first = `${plural(requests, 'request')}, ${failed} failed; ${plural(accepted.length, 'order')}, 0 lost${ended}`;
  return `${first}; longest time without a completed order ${(gap.ms / 1000).toFixed(1)} s, from ${gap.from.slice(11, 19)}`;
}

function endsBadly(status: string): boolean {
  return ['FAILED', 'PAYMENT_FAILED', 'CANCELLED'].includes(status);
}

/** Reads the pod's log until it is as wanted. @throws CommandError when the pod has ended otherwise, or time is up */
async function untilLogged(
  { cluster, signal }: TestRun,
  withinMs: number,
  wanted: (log: string) => boolean,
): Promise<string> {
  for (const deadline = performance.now() + withinMs; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const phase = await cluster.k(['get', 'pod', POD, '--output=jsonpath={.status.phase}']);
    const log = phase === 'Pending' ? '' : await cluster.k(['logs', POD]);
    if (wanted(log)) return log;
    if (phase === 'Failed' || phase === 'Succeeded' || performance.now() > deadline) {
      throw new CommandError(`The pod that places orders (${phase}) did not come as far as it should:\n${log}`);
    }
  }
}

async function loadObjects({ cluster, version }: TestRun, { connections }: LoadOptions): Promise<object> {
  const program = await readFile(new URL('./load-program.js', import.meta.url), 'utf8');
  const token = (key: string): object => ({ valueFrom: { secretKeyRef: { name: 'test-token', key } } });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: POD,
      namespace: cluster.namespace,
      // NetworkPolicies let the pod of `helm test` reach the public ports
      labels: { 'app.kubernetes.io/name': 'test', 'app.kubernetes.io/instance': RELEASE },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: POD,
          // for its Node
          image: `outrider/order:${version}`,
          imagePullPolicy: 'IfNotPresent',
          command: ['/nodejs/bin/node', '/load/load.mjs'],
          env: [
            { name: 'ORDER_URL', value: `http://${RELEASE}-order:8080` },
            { name: 'PRODUCT_URL', value: `http://${RELEASE}-product:8080` },
            { name: 'EVERY_MS', value: String(EVERY_MS) },
            { name: 'CONNECTIONS', value: connections ?? 'kept' },
            { name: 'ADMIN_TOKEN', ...token('admin') },
            { name: 'CUSTOMER_TOKEN', ...token('customer') },
          ],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          volumeMounts: [{ name: POD, mountPath: '/load', readOnly: true }],
        },
      ],
      volumes: [{ name: POD, configMap: { name: POD } }],
    },
  };
  const metadata = { name: POD, namespace: cluster.namespace };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'load.mjs': program } };
  return { apiVersion: 'v1', kind: 'List', items: [configMap, pod] };
}
