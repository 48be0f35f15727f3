import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages, type Stage } from '@outrider/service-kit/process';
import { freePort, until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import type { Deployment } from './api/objects.js';
import { readOperatorConfig } from './config.js';
import { pathOf, type ApiClient } from './kubernetes/index.js';
import { KINDS } from './observe/kinds.js';
import { startOperator } from './start-operator.js';
import { createDefinitions } from './testing/definitions.js';
import { clientOf } from './testing/namespace.js';
import { ordersEnd, ServiceUnderTest } from './testing/service-under-test.js';

const available = await OwnApiServer.available();
const QUICK = { leaseMs: 3_000, deadlineMs: 2_000, retryMs: 300 };
const log = createLogger('operator', process.env['TEST_LOG'] ?? 'silent');

(available ? describe : describe.skip)('the operator (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: ApiClient;
  let under: ServiceUnderTest | undefined;
  const started: (readonly Stage[])[] = [];

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    await createDefinitions(client);
  }, 120_000);
  afterEach(async () => {
    for (const stages of started.splice(0)) await stopStages(stages, log);
    await under?.close();
  });
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function begin(): Promise<ServiceUnderTest> {
    under = await ServiceUnderTest.open(client);
    await start('one');
    return under;
  }

  const reasons = async (service: ServiceUnderTest) => (await service.events()).map(({ reason }) => reason);

  async function start(name: string): Promise<readonly Stage[]> {
    const { namespace } = under!;
    const config = readOperatorConfig({
      KUBECONFIG: server.kubeconfig,
      WATCH_NAMESPACE: namespace,
      LEASE_NAME: namespace,
      POD_NAME: name,
      ADMIN_PORT: String(await freePort()),
      HOST: '127.0.0.1',
    });
    const stages = await startOperator(config, log, { electionTimes: QUICK });
    started.push(stages);
    return stages;
  }

  test('installs the first revision; one that is as good takes over, without a person', async () => {
    const service = await begin();
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1');
    const { stableRevision: first } = await service.isStable();
    service.behave('v2', ordersEnd('COMPLETED'));
    await service.apply('v2');
    const judged = await service.reaches('it was judged', ({ analysis }) => analysis?.verdict === 'pass');
    expect(judged.analysis?.message).toMatch(/^Not worse than the stable revision after \d+ orders\.$/u);
    const { stableRevision: second } = await service.isStable();
    expect(second).not.toBe(first);
    await until('the old one has no pods', async () => (await service.deployments())[`order-${first}`] === 0);
    expect(await service.deployments()).toEqual({ [`order-${first}`]: 0, [`order-${second}`]: 2 });
  });

  test('one whose orders fail is aborted, and the stable one keeps all its pods', async () => {
    const service = await begin();
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1');
    const { stableRevision: first } = await service.isStable();
    service.behave('v2', ordersEnd('FAILED'));
    await service.apply('v2');
    const {
      aborted,
      specRevision: second,
      stableRevision,
    } = await service.reaches('it is aborted', ({ phase }) => phase === 'Aborted');
    expect(stableRevision).toBe(first);
    expect(aborted?.[0]).toMatchObject({ revision: second, reason: 'WorseThanStable' });
    await until('it has no pods', async () => (await service.deployments())[`order-${second}`] === 0);
    expect((await service.deployments())[`order-${first}`]).toBe(2);
    expect(service.node.most.get(`order-${first}`)).toBe(2);
    expect(await reasons(service)).toContain('Aborted');
  });

  test('an image that is missing ends at its deadline, and the status says where to look', async () => {
    const service = await begin();
    await service.apply('v1');
    await service.isStable();
    service.behave('v2', { broken: 'ImagePullBackOff' });
    await service.apply('v2', { rollout: { steps: [{ replicas: 1, hold: '1s' }], readyDeadline: '3s' } });
    const { aborted, conditions } = await service.reaches('it is aborted', ({ phase }) => phase === 'Aborted');
    expect(aborted?.[0]?.message).toContain('ImagePullBackOff');
    expect(conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('True');
  });

  test('a migration that fails stops the roll-out before its first pod', async () => {
    const service = await begin();
    await service.apply('v1');
    const { stableRevision: first } = await service.isStable();
    service.behave('v2', { job: 'fails' });
    await service.apply('v2');
    const { conditions } = await service.reaches('it says so', (status) =>
      (status.conditions ?? []).some(({ type, status: value }) => type === 'Stalled' && value === 'True'),
    );
    expect(conditions?.find(({ type }) => type === 'MigrationCompleted')?.status).toBe('False');
    expect(Object.keys(await service.deployments())).toEqual([`order-${first}`]);
  });

  test('a command is taken once; one for another revision is refused by an event', async () => {
    const service = await begin();
    await service.apply('v1');
    await service.isStable();
    await service.apply('v2', { rollout: { steps: [{ replicas: 1 }] } });
    const { canaryRevision = '' } = await service.reaches(
      'it is tried',
      ({ phase, step }) => phase === 'Canary' && step !== undefined,
    );
    await service.command('promote', 'other');
    expect(await reasons(service)).toContain('CommandRefused');
    expect((await service.status()).canaryRevision).toBe(canaryRevision);
    await service.command('promote', canaryRevision);
    const { stableRevision } = await service.isStable();
    expect(stableRevision).toBe(canaryRevision);
  });

  test('a Deployment that somebody edits or deletes is put back', async () => {
    const service = await begin();
    await service.apply('v1');
    const { stableRevision } = await service.isStable();
    const path = pathOf(KINDS.Deployment, service.namespace, `order-${stableRevision}`);
    const body = {
      spec: { replicas: 5, paused: true, template: { spec: { containers: [{ name: 'order', image: 'evil' }] } } },
    };
    await client.request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      query: { fieldManager: 'somebody' },
      body,
    });
    await until('it is put back', async () => {
      const { spec } = await client.request<Deployment>({ method: 'GET', path });
      return spec.replicas === 2 && spec['paused'] === undefined && !JSON.stringify(spec).includes('evil');
    });
    expect((await reasons(service)).filter((reason) => reason === 'ForeignEdit')).toHaveLength(1);
    await client.request({ method: 'DELETE', path });
    await until('it is there again', async () => Object.keys(await service.deployments()).length === 1);
    await service.isStable();
  });

  test('an object of a needed name that is somebody else\u2019s is left alone, and the status says so', async () => {
    const service = await begin();
    await service.apply('v1');
    const { stableRevision } = await service.isStable();
    await service.apply('v2', { rollout: { steps: [{ replicas: 1 }] }, paused: true });
    const { specRevision } = await service.reaches('it is seen', (status) => status.specRevision !== stableRevision);
    const labels = { theirs: 'yes' };
    await client.request({
      method: 'POST',
      path: pathOf(KINDS.Deployment, service.namespace),
      body: {
        metadata: { name: `order-${specRevision}` },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'theirs', image: 'theirs' }] } },
        },
      },
    });
    await service.apply('v2', { rollout: { steps: [{ replicas: 1 }] }, paused: false });
    await service.reaches('it says so', ({ conditions }) =>
      JSON.stringify(conditions).includes('does not belong to this resource'),
    );
    const theirs = await client.request<Deployment>({
      method: 'GET',
      path: pathOf(KINDS.Deployment, service.namespace, `order-${specRevision}`),
    });
    expect(theirs.metadata.ownerReferences).toBeUndefined();
  });

  test('with two processes one writes; when it goes the other goes on', async () => {
    const service = await begin();
    const [first] = started;
    await start('two');
    await service.apply('v1');
    await service.isStable();
    await stopStages(first ?? [], log);
    started.shift();
    await service.apply('v2', {
      rollout: { steps: [{ replicas: 1, hold: '1s' }], analysis: { interval: '1s', minimum: 1 } },
    });
    await service.reaches('the other one has seen it', (status) => status.specRevision !== status.stableRevision);
  });

  test('an API server that is killed in the middle of a roll-out and started again changes nothing in the end', async () => {
    const service = await begin();
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1');
    await service.isStable();
    service.behave('v2', ordersEnd('COMPLETED'));
    await service.apply('v2');
    await service.reaches('it is tried', ({ phase }) => phase === 'Canary');
    await server.kill();
    await server.start();
    await service.isStable();
  });
});
