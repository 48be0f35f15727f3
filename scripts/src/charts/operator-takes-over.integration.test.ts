import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pathOf } from '@outrider/operator/kubernetes';
import { InstallationUnderTest, OperatorsUnderTest } from '@outrider/operator/testing';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { CHARTS_FOLDER, findHelms, valuesOf, type Helm } from './helm.js';

const helms = findHelms();
const available = helms.length > 0 && (await OwnApiServer.available());
const INSTALL = ['upgrade', '--install', 'shop', join(CHARTS_FOLDER, 'outrider'), '--namespace'];
const LET_IN = '--set=global.networkPolicy.operator[0].podSelector.matchLabels.a=b';
const AUTOSCALED = '--set=order.autoscaling.enabled=true,order.autoscaling.maxReplicas=9';
const BY_KEDA = '--set=outbox-worker.autoscaling.external=true';
const PLURALS = {
  Deployment: ['apps/v1', 'deployments'],
  CommerceService: ['commerce.outrider.dev/v1alpha1', 'commerceservices'],
  OutboxWorker: ['commerce.outrider.dev/v1alpha1', 'outboxworkers'],
} as const;
type Kind = keyof typeof PLURALS;

(available ? describe : describe.skip)('going over to the operator, and back (needs kube-apiserver and Helm)', () => {
  let operators: OperatorsUnderTest;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
  }, 120_000);
  afterAll(async () => {
    await operators?.[Symbol.asyncDispose]();
  });

  const path = (namespace: string, kind: Kind, name: string, subresource?: string) => {
    const [apiVersion, plural] = PLURALS[kind];
    return pathOf({ apiVersion, kind, plural }, namespace, name, subresource);
  };
  /** As an autoscaler does. */
  const scale = (namespace: string, kind: Kind, name: string, replicas: number) =>
    operators.client.request({
      method: 'PATCH',
      path: path(namespace, kind, name, 'scale'),
      query: { fieldManager: 'kube-controller-manager' },
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas } },
    });
  const replicas = async (namespace: string, kind: Kind, name: string): Promise<number | undefined> => {
    const { spec } = await operators.client.request<{ readonly spec: { readonly replicas?: number } }>({
      method: 'GET',
      path: path(namespace, kind, name),
    });
    return spec.replicas;
  };
  const upgrade = ({ command }: Helm, namespace: string, ...args: readonly string[]) =>
    promisify(execFile)(
      command,
      [...INSTALL, namespace, ...valuesOf('minimal'), LET_IN, AUTOSCALED, BY_KEDA, ...args],
      { env: { ...process.env, KUBECONFIG: operators.server.kubeconfig } },
    );

  test.each(helms.map((helm) => [helm.major, helm] as const))(
    'leads to as many pods as an autoscaler has made of those that go, Helm %s',
    async (_, helm) => {
      const shop = await InstallationUnderTest.open(operators.client);
      const { namespace } = shop;
      try {
        for (const [name, kind] of [
          ['order', 'CommerceService'],
          ['outbox-worker', 'OutboxWorker'],
        ] as const) {
          const full = `shop-${name}`;
          await upgrade(helm, namespace);
          await scale(namespace, 'Deployment', full, 7);
          await upgrade(helm, namespace, `--set=${name}.runBy=both`);
          expect([name, await replicas(namespace, kind, full)]).toEqual([name, 7]);
          await scale(namespace, kind, full, 6);
          await upgrade(helm, namespace, `--set=${name}.runBy=operator`);
          expect([name, await replicas(namespace, kind, full)]).toEqual([name, 6]);
          await upgrade(helm, namespace, `--set=${name}.runBy=both`);
          expect([name, await replicas(namespace, 'Deployment', full)]).toEqual([name, 6]);
          await upgrade(helm, namespace);
          expect([name, await replicas(namespace, 'Deployment', full)]).toEqual([name, 6]);
          await scale(namespace, 'Deployment', full, 5);
          await upgrade(helm, namespace, '--set=order.settings.BODY_LIMIT=100000');
          expect([name, await replicas(namespace, 'Deployment', full)]).toEqual([name, 5]);
        }
      } finally {
        await shop.close();
      }
    },
    240_000,
  );
});
