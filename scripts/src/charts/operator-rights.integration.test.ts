import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  clientOf,
  createDefinitions,
  grantedBy,
  readOperatorConfig,
  rightsOf,
  ServiceUnderTest,
  startOperator,
  type Right,
  type Rule,
} from '@outrider/operator/testing';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages } from '@outrider/service-kit/process';
import { freePort, until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { CHARTS_FOLDER, findHelms, render } from './helm.js';
import { objectOf } from './objects.js';

const helm = findHelms().at(-1);
const available = helm !== undefined && (await OwnApiServer.available());
const log = createLogger('operator', 'silent');

/** Granted although this test does not see it used, and why. */
const UNSEEN: Readonly<Record<Right, string>> = {
  'commerce.outrider.dev/commerceservices/finalizers update':
    'an admission plugin that is not switched on here asks for it',
  'commerce.outrider.dev/outboxworkers/finalizers update':
    'an admission plugin that is not switched on here asks for it',
};
const WAITS = { revisionHistoryLimit: 1, rollout: { steps: [{ replicas: 1 }], scaleDownDelay: '1s' } };

(available ? describe : describe.skip)('the rights of the operator (needs kube-apiserver and Helm)', () => {
  let server: OwnApiServer;
  let admin: Awaited<ReturnType<typeof clientOf>>;
  let service: ServiceUnderTest;

  beforeAll(async () => {
    server = await OwnApiServer.open();
    admin = await clientOf(server.adminKubeconfig());
    await createDefinitions(admin);
    service = await ServiceUnderTest.open(admin);
  }, 120_000);
  afterAll(async () => {
    await service?.close();
    admin?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const post = (path: string, body: object) => admin.request<never>({ method: 'POST', path, body });

  /** A ServiceAccount that may do what the rules say, in the namespace of the test. @returns its token */
  async function account(rules: readonly Rule[]): Promise<string> {
    const { namespace } = service;
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const metadata = { name: 'operator' };
    await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
    await post(`${rbac}/roles`, { metadata, rules });
    await post(`${rbac}/rolebindings`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' },
      subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace }],
    });
    const { status } = await admin.request<{ readonly status: { readonly token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/operator/token`,
      body: { spec: {} },
    });
    return status.token;
  }

  async function rolledOut(image: string): Promise<void> {
    await service.apply(image, WAITS);
    const { metadata } = await service.read();
    const { canaryRevision = '' } = await service.reaches(
      'it waits for a person',
      ({ phase, observedGeneration }) => phase === 'Canary' && observedGeneration === metadata.generation,
    );
    await service.command('promote', canaryRevision);
    await service.isStable();
  }

  test('what the chart grants is what the operator uses, and no more', async () => {
    const { namespace } = service;
    const objects = await render(helm!, [`--set=watchNamespace=${namespace}`], {
      release: 'op',
      chart: join(CHARTS_FOLDER, 'operator'),
    });
    const rules = (name: string): readonly Rule[] => objectOf(objects, 'Role', name)['rules'] as readonly Rule[];
    const granted = [...rules('op-operator'), ...rules('op-operator-lease')];
    const used = new Set<Right>();
    const refused: string[] = [];
    const token = await account(granted);
    const config = readOperatorConfig({
      WATCH_NAMESPACE: namespace,
      LEASE_NAME: 'op-operator',
      HOST: '127.0.0.1',
      ADMIN_PORT: String(await freePort()),
    });
    const stages = await startOperator(config, log, {
      access: {
        server: new URL(server.url),
        namespace,
        credentials: async () => ({ ca: server.authority, headers: { authorization: `Bearer ${token}` } }),
      },
      observe: (call, status) => {
        for (const right of rightsOf(call)) used.add(right);
        if (status === 403 || status === 401) refused.push(`${call.method} ${call.path}`);
      },
    });
    try {
      await service.apply('v1', WAITS);
      const { stableRevision: first } = await service.isStable();
      await admin.request({
        method: 'PATCH',
        path: `/apis/apps/v1/namespaces/${namespace}/deployments/order-${first}`,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'somebody' },
        body: { spec: { paused: true } },
      });
      await until('it was put back', async () =>
        (await service.events()).some(({ reason }) => reason === 'ForeignEdit'),
      );
      for (const image of ['v2', 'v3', 'v4']) await rolledOut(image);
      await post(`/apis/commerce.outrider.dev/v1alpha1/namespaces/${namespace}/outboxworkers`, {
        apiVersion: 'commerce.outrider.dev/v1alpha1',
        kind: 'OutboxWorker',
        metadata: { name: 'relay' },
        spec: { replicas: 1, container: 'relay', template: { spec: { containers: [{ name: 'relay', image: 'w1' }] } } },
      });
      await until('the worker has its pod', async () =>
        Object.keys(await service.deployments()).some((name) => name.startsWith('relay')),
      );
      await until('old revisions are gone', () => used.has('apps/controllerrevisions delete'));
      expect(refused).toEqual([]);
    } finally {
      await stopStages(stages, log);
    }
    expect([...used].filter((right) => !grantedBy(granted).has(right))).toEqual([]);
    expect([...grantedBy(granted)].filter((right) => !used.has(right) && UNSEEN[right] === undefined)).toEqual([]);
  }, 300_000);
});
