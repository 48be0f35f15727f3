import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../run/project.js';
import { CHARTS_FOLDER, findHelms, render, valuesOf } from './helm.js';
import { objectOf, type KubernetesObject } from './objects.js';

const helms = findHelms();
const LET_IN = '--set=global.networkPolicy.operator[0].podSelector.matchLabels.a=b';
const specOf = (object: KubernetesObject) => object['spec'] as Record<string, unknown>;
const kinds = (objects: readonly KubernetesObject[], name: string): string[] =>
  objects
    .filter(
      ({ kind, metadata }) =>
        metadata.name.startsWith(name) && /Deployment|Job|CommerceService|OutboxWorker/u.test(kind),
    )
    .map(({ kind }) => kind)
    .toSorted();

(helms.length === 0 ? describe.skip : describe)('the charts with the operator (needs Helm)', () => {
  // what differs between the majors is compared in charts.test.ts; the newest has the last word here
  const helm = helms.at(-1)!;
  const operator = (...args: string[]) => render(helm, args, { release: 'op', chart: join(CHARTS_FOLDER, 'operator') });
  const minimal = (...args: string[]) => render(helm, [...valuesOf('minimal'), LET_IN, ...args]);

  test('the operator may do nothing outside its namespace, unless it is to look after others', async () => {
    const objects = await operator();
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    expect(objectOf(objects, 'Role', 'op-operator').metadata).toMatchObject({ namespace: 'shop' });
    const other = await operator('--set=watchNamespace=elsewhere');
    expect(objectOf(other, 'Role', 'op-operator').metadata).toMatchObject({ namespace: 'elsewhere' });
    const all = await operator('--set=watchNamespace=*');
    expect(objectOf(all, 'ClusterRole', 'shop-op-operator')['rules']).toEqual(
      objectOf(objects, 'Role', 'op-operator')['rules'],
    );
    expect(objectOf(all, 'Role', 'op-operator-lease')['rules']).toContainEqual(
      expect.objectContaining({ resources: ['leases'], resourceNames: ['op-operator'] }),
    );
  });

  test('the kinds stay when the operator is uninstalled', async () => {
    const definitions = (await operator()).filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definitions.map(({ metadata }) => metadata.name)).toEqual([
      'commerceservices.commerce.outrider.dev',
      'outboxworkers.commerce.outrider.dev',
    ]);
    for (const { metadata } of definitions) expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    expect((await operator('--set=crds.enabled=false')).filter(({ kind }) => kind.startsWith('Custom'))).toEqual([]);
  });

  test('alerts about the operator are those of k8s/monitoring, and lead to the runbooks of a shop', async () => {
    const rules = async (...args: string[]) =>
      specOf(objectOf(await operator('--set=rules.enabled=true', ...args), 'PrometheusRule', 'op-operator'));
    expect(await rules()).toEqual(
      parse(await readFile(join(PROJECT_ROOT, 'k8s/monitoring/operator-rules.yaml'), 'utf8')),
    );
    const led = JSON.stringify(await rules('--set=rules.runbooks=https://runbooks.example'));
    expect(led).toContain('"https://runbooks.example/OutriderRolloutStalled.md"');
    expect(led).not.toContain('docs/runbooks');
  });

  test('a service is run by a Deployment, by the operator, or by both on the way', async () => {
    const by = async (who: string) => kinds(await minimal(`--set=order.runBy=${who}`), 'outrider-order');
    expect(await by('deployment')).toEqual(['Deployment', 'Job']);
    expect(await by('both')).toEqual(['CommerceService', 'Deployment', 'Job']);
    expect(await by('operator')).toEqual(['CommerceService']);
  });

  test('the operator is given the pods that the Deployment had, but for the label of their revision', async () => {
    const objects = await minimal('--set=order.runBy=both');
    const [plain, operated] = ['Deployment', 'CommerceService'].map(
      (kind) => specOf(objectOf(objects, kind, 'outrider-order'))['template'],
    );
    const text = JSON.stringify(operated);
    expect(text).toContain("metadata.labels['commerce.outrider.dev/revision']");
    expect(JSON.parse(text.replace('commerce.outrider.dev/revision', 'pod-template-hash'))).toEqual(plain);
  });

  test.each([
    ['order', 'orders'],
    ['inventory', 'reservations'],
    ['payment', 'authorisations'],
    ['product', 'requests'],
  ])('%s is judged by its %s', async (name, measure) => {
    const objects = await minimal(`--set=${name}.runBy=operator`);
    expect(specOf(objectOf(objects, 'CommerceService', `outrider-${name}`))).toMatchObject({
      container: name,
      rollout: { analysis: { required: [measure] } },
      migration: { contract: { args: ['migrate', '--contract'] } },
    });
  });

  test('settings of a roll-out reach the resource, and what is required is kept beside them', async () => {
    const objects = await minimal(
      '--set=order.runBy=operator,order.rollout.onFailure=pause,order.rollout.analysis.minimum=10',
    );
    expect(specOf(objectOf(objects, 'CommerceService', 'outrider-order'))['rollout']).toEqual({
      onFailure: 'pause',
      analysis: { minimum: 10, required: ['orders'] },
    });
  });

  test('keys of which nothing is left but their name are as if they were not there', async () => {
    const empty = [
      'order.rollout',
      'outbox-worker.scaling',
      ...['monitoring', 'dns', 'postgresPorts', 'kafkaPorts'].map((key) => `global.networkPolicy.${key}`),
      ...['podLabels', 'tolerations', 'settings', 'extraEnv'].map((key) => `order.${key}`),
    ].map((key) => `--set=${key}=null`);
    const objects = await minimal('--set=order.runBy=operator,outbox-worker.runBy=operator', ...empty);
    expect(specOf(objectOf(objects, 'CommerceService', 'outrider-order'))['rollout']).toEqual({
      analysis: { required: ['orders'] },
    });
    expect(kinds(objects, 'outrider-outbox-worker')).toEqual(['OutboxWorker']);
  });

  test.each([
    ['deployment', '3 pods × 5 + 2 workers × 5 + 4 = 29'],
    ['operator', '4 pods × 5 + 2 workers × 5 + 4 = 34'],
    ['both', '7 pods × 5 + 4 workers × 5 + 4 = 59'],
  ])('the notes count the connections of all pods that there may be at once, run by %s', async (runBy, sum) => {
    const args = ['--set=order.replicas=2', `--set=order.runBy=${runBy},outbox-worker.runBy=${runBy}`];
    const { stdout } = await promisify(execFile)(
      helm.command,
      ['install', 'shop', join(CHARTS_FOLDER, 'outrider'), '--dry-run=client', ...valuesOf('minimal'), LET_IN, ...args],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    expect(
      stdout
        .split('\n')
        .find((line) => / {2}order .* pods ×/u.test(line))
        ?.trim(),
    ).toMatch(new RegExp(`^order +${sum.replaceAll('+', '[+]')}$`, 'u'));
  });

  test('an autoscaler scales the resource, whose manifest has no number then', async () => {
    const objects = await minimal('--set=order.runBy=operator,order.autoscaling.enabled=true');
    const { scaleTargetRef } = specOf(objectOf(objects, 'HorizontalPodAutoscaler', 'outrider-order'));
    expect(scaleTargetRef).toMatchObject({ kind: 'CommerceService', name: 'outrider-order' });
    expect(specOf(objectOf(objects, 'CommerceService', 'outrider-order'))).not.toHaveProperty('replicas');
  });

  test('workers have either a number or scaling', async () => {
    const worker = async (...args: string[]) => {
      const found = objectOf(
        await minimal('--set=outbox-worker.runBy=operator', ...args),
        'OutboxWorker',
        'outrider-outbox-worker',
      );
      const { replicas, scaling } = specOf(found);
      return { replicas, scaling };
    };
    expect(await worker()).toEqual({ replicas: 1, scaling: undefined });
    expect(await worker('--set=outbox-worker.scaling.maxReplicas=4')).toEqual({
      replicas: undefined,
      scaling: { maxReplicas: 4 },
    });
  });

  test.each([
    [['order.runBy=operator', 'order.migrate.contract=0.2.0'], /asked for by kubectl annotate/],
    [
      ['order.runBy=operator', 'order.autoscaling.enabled=true', 'order.rollout.steps[0].replicas=2'],
      /has a step of 2 pods/,
    ],
    [['order.rollout.steps[0].replicas=1', 'order.rollout.steps[0].hold=soon'], /'soon' does not match pattern/],
    [['order.rollout.step[0].replicas=1'], /additional properties? 'step' not allowed/],
    [['order.rollout.analysis.interval=10'], /got number, want string/],
    [['order.rollout.onFailure=hope'], /value must be one of 'abort', 'pause'/],
    [
      ['order.runBy=operator', 'order.rollout.steps[0].replicas=1', 'order.rollout.steps[1].replicas=1'],
      /order\.rollout\.steps must ascend/,
    ],
    [['outbox-worker.runBy=operator', 'outbox-worker.scaling.maxReplicas=65'], /maximum: got 65, want 64/],
    [
      ['outbox-worker.runBy=operator', 'outbox-worker.scaling.maxReplicas=2', 'outbox-worker.scaling.minReplicas=3'],
      /outbox-worker\.scaling\.minReplicas is more than outbox-worker\.scaling\.maxReplicas/,
    ],
    [['outbox-worker.scaling.maxReplicas=4'], /outbox-worker\.scaling is given, which only the operator does/],
    [
      [
        'outbox-worker.runBy=operator',
        'outbox-worker.scaling.maxReplicas=4',
        'outbox-worker.autoscaling.external=true',
      ],
      /are both given: one of them decides/,
    ],
    [['order.runBy=nobody'], /runBy/],
  ])('%s is refused with a sentence', async (values, sentence) => {
    await expect(minimal(...values.map((value) => `--set=${value}`))).rejects.toThrow(sentence);
  });

  test('the operator must be let in', async () => {
    await expect(render(helm, [...valuesOf('minimal'), '--set=order.runBy=operator'])).rejects.toThrow(
      /global\.networkPolicy\.operator is missing/,
    );
  });
});
