import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { ApiError, pathOf, type ApiClient } from '../kubernetes/index.js';
import { clientOf, createNamespace } from '../testing/namespace.js';
import type { CommerceService } from './commerce-service.js';
import { definitionOf, KINDS } from './definition.js';
import { API_VERSION, COMMERCE_SERVICE, OUTBOX_WORKER } from './names.js';

const available = await OwnApiServer.available();
const SERVICE = { apiVersion: API_VERSION, ...COMMERCE_SERVICE };
const WORKER = { apiVersion: API_VERSION, ...OUTBOX_WORKER };
const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
};

const template = (name = 'order', image = 'order:1') => ({ spec: { containers: [{ name, image }] } });
const service = (spec: object, name = 'order') => ({
  apiVersion: API_VERSION,
  kind: SERVICE.kind,
  metadata: { name },
  spec: { container: 'order', template: template(), ...spec },
});
const worker = (spec: object) => ({
  apiVersion: API_VERSION,
  kind: WORKER.kind,
  metadata: { name: 'relay' },
  spec: { container: 'relay', template: template('relay'), ...spec },
});

(available ? describe : describe.skip)('the kinds (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: ApiClient;
  let namespace: string;

  const post = (resource: typeof SERVICE | typeof WORKER, body: object) =>
    client.request<CommerceService>({ method: 'POST', path: pathOf(resource, namespace), body });
  const patch = (body: object, subresource?: string) =>
    client.request<CommerceService>({
      method: 'PATCH',
      path: pathOf(SERVICE, namespace, 'order', subresource),
      contentType: 'application/merge-patch+json',
      body,
    });
  const refusal = (request: Promise<unknown>): Promise<string> =>
    request.then(
      () => 'it was not refused',
      (error: unknown) => (error instanceof ApiError ? error.message : String(error)),
    );
  const remove = () => client.request({ method: 'DELETE', path: pathOf(SERVICE, namespace, 'order') });

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    namespace = await createNamespace(client);
    for (const kind of KINDS) {
      const body = definitionOf(kind);
      await client.request({ method: 'POST', path: pathOf(DEFINITION), body });
      await established(body.metadata.name);
    }
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function established(name: string): Promise<void> {
    for (;;) {
      const { status } = await client.request<{ status?: { conditions?: { type: string; status: string }[] } }>({
        method: 'GET',
        path: pathOf(DEFINITION, undefined, name),
      });
      const conditions = status?.conditions ?? [];
      // an API server that has a fault to find with the schema itself says so here
      expect(conditions.filter((one) => one.type === 'NonStructuralSchema')).toEqual([]);
      if (conditions.some((one) => one.type === 'Established' && one.status === 'True')) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test('are given their defaults by the API server', async () => {
    const made = await post(SERVICE, service({}));
    expect(made.spec).toMatchObject({
      replicas: 1,
      paused: false,
      revisionHistoryLimit: 5,
      rollout: {
        steps: [{ replicas: 1, hold: '60s' }],
        onFailure: 'abort',
        readyDeadline: '10m',
        analysis: { required: ['orders'], level: '0.001', limits: { restarts: 2, serverErrorShare: '0.5' } },
      },
    });
    expect(made.spec.template).toEqual(template());
    await remove();
  });

  test.each([
    ['replicas: -1', { replicas: -1 }, /spec\.replicas in body should be greater than or equal to 0/],
    [
      'steps that do not ascend',
      { replicas: 9, rollout: { steps: [{ replicas: 3 }, { replicas: 2 }] } },
      /steps must ascend: each has more replicas than the one before it/,
    ],
    ['two equal steps', { replicas: 9, rollout: { steps: [{ replicas: 3 }, { replicas: 3 }] } }, /steps must ascend/],
    ['no step', { rollout: { steps: [] } }, /spec\.rollout\.steps in body should have at least 1 items/],
    [
      'a step above replicas',
      { replicas: 2, rollout: { steps: [{ replicas: 3 }] } },
      /a step has more replicas than spec\.replicas/,
    ],
    ['no container of the name', { template: template('other') }, /template has no container of the name/],
    [
      'a migration without that container',
      { migration: { template: template('other') } },
      /migration\.template has no container of the name/,
    ],
    [
      'a contract phase without its expand phase',
      { migration: { contract: { args: ['migrate', '--contract'] } } },
      /template is missing: the contract phase of a migration comes after its expand phase/,
    ],
    ['a template without containers', { template: { spec: { containers: [] } } }, /should have at least 1 items/],
    ['a length of time that is none', { rollout: { readyDeadline: 'soon' } }, /readyDeadline in body should match/],
    ['a length of time that is nothing', { rollout: { analysis: { interval: '0s' } } }, /interval must be at least 1s/],
    ['no time to be ready', { rollout: { readyDeadline: '0m0s' } }, /readyDeadline must be at least 1s/],
    ['no time to migrate', { migration: { template: template(), deadline: '0h' } }, /deadline must be at least 1s/],
    ['a level of 1', { rollout: { analysis: { level: '1' } } }, /level must be above 0 and below 0\.5/],
    ['a doubt below the level', { rollout: { analysis: { doubt: '0.0001' } } }, /doubt must be at least level/],
    ['an unknown measure', { rollout: { analysis: { required: ['luck'] } } }, /Unsupported value: "luck"/],
    ['an unknown policy', { rollout: { onFailure: 'hope' } }, /Unsupported value: "hope"/],
  ])('refuse %s with a sentence', async (_, spec, sentence) => {
    expect(await refusal(post(SERVICE, service(spec)))).toMatch(sentence);
  });

  test('refuse a name that leaves no room for a revision', async () => {
    expect(await refusal(post(SERVICE, service({}, 'o'.repeat(43))))).toMatch(/longer than 42 characters/);
  });

  test.each([
    ['replicas and scaling', { replicas: 2, scaling: { maxReplicas: 4 } }, /give either replicas or scaling/],
    ['neither', {}, /give either replicas or scaling/],
    [
      'a minimum above the maximum',
      { scaling: { minReplicas: 3, maxReplicas: 2 } },
      /minReplicas is more than maxReplicas/,
    ],
    ['no container of the name', { replicas: 1, template: template('other') }, /template has no container of the name/],
    ['no interval', { scaling: { maxReplicas: 2, interval: '0s' } }, /interval must be at least 1s/],
    ['no target', { scaling: { maxReplicas: 2, targetAge: '0s' } }, /targetAge must be at least 1s/],
  ])('refuse workers with %s', async (_, spec, sentence) => {
    expect(await refusal(post(WORKER, worker(spec)))).toMatch(sentence);
  });

  test('let workers that scale themselves be scaled by nobody else', async () => {
    await post(WORKER, worker({ scaling: { maxReplicas: 4 } }));
    const scale = {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'relay', namespace },
      spec: { replicas: 3 },
    };
    const path = pathOf(WORKER, namespace, 'relay', 'scale');
    expect(await refusal(client.request({ method: 'PUT', path, body: scale }))).toMatch(
      /give either replicas or scaling/,
    );
  });

  test('are scaled below a step, since an autoscaler must be able to, while steps are not raised above replicas', async () => {
    await post(SERVICE, service({ replicas: 4, rollout: { steps: [{ replicas: 3, hold: '10s' }] } }));
    await patch({ spec: { replicas: 2 } }, 'scale');
    expect(await refusal(patch({ spec: { rollout: { steps: [{ replicas: 4, hold: '10s' }] } } }))).toMatch(
      /a step has more replicas than spec\.replicas/,
    );
    await patch({ status: { replicas: 2, selector: 'a=b' } }, 'status');
    const scale = await client.request<{ spec: object; status: object }>({
      method: 'GET',
      path: pathOf(SERVICE, namespace, 'order', 'scale'),
    });
    expect(scale).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2, selector: 'a=b' } });
    await remove();
  });

  test('are explained and listed by kubectl', async () => {
    const list = await client.request<{ resources: { name: string; shortNames?: string[]; categories?: string[] }[] }>({
      method: 'GET',
      path: `/apis/${API_VERSION}`,
    });
    const kinds = list.resources.filter(({ name }) => !name.includes('/'));
    expect(kinds.map(({ name, shortNames, categories }) => [name, shortNames, categories]).toSorted()).toEqual([
      ['commerceservices', ['csvc'], ['outrider']],
      ['outboxworkers', ['obw'], ['outrider']],
    ]);
  });
});
