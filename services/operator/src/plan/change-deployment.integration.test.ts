import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import type { Deployment, PodTemplate } from '../api/objects.js';
import { FencedWriter, pathOf, type ApiClient, type Call } from '../kubernetes/index.js';
import { clientOf, createNamespace } from '../testing/namespace.js';
import { changeDeployment } from './change-deployment.js';
import { wantedDeployment } from './wanted.js';

const available = await OwnApiServer.available();
const LEADS = { signal: new AbortController().signal, remainingMs: () => 60_000 };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' };

/** As the chart makes one, and with what the API server writes in its own way. */
const TEMPLATE: PodTemplate = {
  metadata: { labels: { 'app.kubernetes.io/name': 'order' } },
  spec: {
    serviceAccountName: 'order',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, fsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    terminationGracePeriodSeconds: 40,
    containers: [
      {
        name: 'order',
        image: 'outrider/order:1',
        env: [
          { name: 'VERSION', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a/b']" } } },
          { name: 'EMPTY', value: '' },
          { name: 'PORT', value: '8080' },
        ],
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        startupProbe: { httpGet: { path: '/livez', port: 'http' }, periodSeconds: 1, failureThreshold: 120 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        resources: { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { memory: '1.5Gi' } },
        volumeMounts: [{ name: 'database', mountPath: '/etc/database', readOnly: true }],
      },
    ],
    volumes: [
      {
        name: 'database',
        projected: { defaultMode: 288, sources: [{ secret: { name: 'a', items: [{ key: 'b', path: 'c' }] } }] },
      },
      { name: 'scratch', emptyDir: {} },
    ],
    nodeSelector: {},
    tolerations: [],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { a: 'b' } },
      },
    ],
  },
};

(available ? describe : describe.skip)('a Deployment of the operator’s (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: ApiClient;
  let writer: FencedWriter;
  let namespace: string;

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    writer = new FencedWriter(client, LEADS);
    namespace = await createNamespace(client);
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const wanted = (replicas: number, template: PodTemplate) =>
    wantedDeployment(
      { kind: 'CommerceService', metadata: { name: 'order', namespace, uid: '0-0', resourceVersion: '1' } },
      'bcdfghjk',
      { template, migration: undefined },
      replicas,
      undefined,
    );
  const path = (sub?: string) => pathOf(DEPLOYMENT, namespace, 'order-bcdfghjk', sub);
  const read = () => client.request<Deployment>({ method: 'GET', path: path() });
  const edit = (body: object, contentType: NonNullable<Call['contentType']>, sub?: string) =>
    client.request({ method: 'PATCH', path: path(sub), contentType, query: { fieldManager: 'kubectl-edit' }, body });
  /** Does what is to be done. @returns what it was */
  async function put(replicas: number, template = TEMPLATE): Promise<string[]> {
    const found = await read().catch(() => undefined);
    const actions = changeDeployment(found, wanted(replicas, template), 'CommerceService');
    for (const action of actions) {
      if (action.kind !== 'apply') continue;
      const { object, restore } = action;
      if (restore === undefined) await writer.apply(DEPLOYMENT, object);
      else await writer.replace(DEPLOYMENT, object, restore.resourceVersion);
    }
    return actions.map((action) => (action.kind === 'event' ? action.reason : action.kind));
  }

  test('is made once, and then as it is wanted: the API server’s own writing is no change', async () => {
    expect(await put(2)).toEqual(['apply']);
    expect(await put(2)).toEqual([]);
    expect(await put(3)).toEqual(['apply']);
    expect(await put(3)).toEqual([]);
  });

  test('loses what its template does not have any more', async () => {
    await put(3);
    const before = await read();
    const [container] = TEMPLATE.spec.containers;
    const containers = [{ name: 'order', image: 'outrider/order:1', ...container, command: ['/bin/order'] }];
    const more: PodTemplate = {
      metadata: { ...TEMPLATE.metadata, annotations: { 'example.com/scraped': 'yes' } },
      spec: { ...TEMPLATE.spec, containers, nodeSelector: { disk: 'fast' }, priorityClassName: 'high' },
    };
    expect(await put(3, more)).toEqual(['apply']);
    expect(await put(3, more)).toEqual([]);
    expect((await read()).spec).not.toEqual(before.spec);
    expect(await put(3)).toEqual(['apply']);
    expect(await put(3)).toEqual([]);
    expect((await read()).spec).toEqual(before.spec);
  });

  const MERGE = 'application/merge-patch+json' as const;
  const PATCH = 'application/json-patch+json' as const;
  const add = (where: string, value: object) => ({
    sub: undefined,
    contentType: PATCH,
    body: [{ op: 'add', path: `/spec/template/spec/containers/${where}`, value }],
  });

  test.each([
    ['scaled', { sub: 'scale', contentType: MERGE, body: { spec: { replicas: 7 } } }],
    [
      'given another image',
      {
        sub: undefined,
        contentType: PATCH,
        body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'x' }],
      },
    ],
    ['given a variable more', add('0/env/-', { name: 'X', value: 'y' })],
    ['given a container more', add('-', { name: 'spy', image: 'spy' })],
    [
      'given a label of nodes',
      {
        sub: undefined,
        contentType: MERGE,
        body: { spec: { template: { spec: { nodeSelector: { disk: 'fast' } } } } },
      },
    ],
  ])('that somebody has %s is put back whole, and that is reported once', async (_, { body, contentType, sub }) => {
    await put(3);
    const before = await read();
    await edit(body, contentType, sub);
    expect(await put(3)).toEqual(['ForeignEdit', 'apply']);
    expect(await put(3)).toEqual([]);
    expect((await read()).spec).toEqual(before.spec);
    expect(await put(4)).toEqual(['apply']);
    expect(await put(4)).toEqual([]);
  });

  test('that lost a variable by hand gets it back', async () => {
    await put(3);
    await edit([{ op: 'remove', path: '/spec/template/spec/containers/0/env/2' }], 'application/json-patch+json');
    expect(await put(3)).toContain('apply');
    expect(await put(3)).toEqual([]);
  });

  test('that somebody has labelled stays so: it changes nothing of what runs', async () => {
    await put(3);
    await edit({ metadata: { labels: { team: 'a' } } }, 'application/merge-patch+json');
    expect(await put(3)).toEqual([]);
  });
});
