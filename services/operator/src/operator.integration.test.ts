import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import type { Deployment, Job, PodTemplate } from './api/objects.js';
import { pathOf, type ApiClient, type KubernetesObject } from './kubernetes/index.js';
import { KINDS } from './observe/kinds.js';
import { denyEvents } from './testing/deny-events.js';
import { OperatorsUnderTest, type StopOperator } from './testing/operators-under-test.js';
import { ordersEnd, ServiceUnderTest } from './testing/service-under-test.js';

const available = await OwnApiServer.available();

(available ? describe : describe.skip)('the operator (needs kube-apiserver)', () => {
  let operators: OperatorsUnderTest;
  let client: ApiClient;
  let under: ServiceUnderTest | undefined;
  let stopFirst: StopOperator;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
    ({ client } = operators);
  }, 120_000);
  afterEach(async () => {
    await operators.stop();
    await under?.close();
  });
  afterAll(async () => {
    await operators?.[Symbol.asyncDispose]();
  });

  async function begin(): Promise<ServiceUnderTest> {
    under = await ServiceUnderTest.open(client);
    stopFirst = await operators.start(under.namespace);
    return under;
  }

  const reasons = async (service: ServiceUnderTest) => (await service.events()).map(({ reason }) => reason);

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

  test('one whose orders fail goes also where no Event can be written, which is made up for', async () => {
    const service = await begin();
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1');
    const { stableRevision: first } = await service.isStable();
    service.behave('v2', ordersEnd('FAILED'));
    const allowEvents = await denyEvents(client, service.namespace);
    try {
      await service.apply('v2');
      const { specRevision: second } = await service.reaches('it is aborted', ({ phase }) => phase === 'Aborted');
      await until('it has no pods', async () => (await service.deployments())[`order-${second}`] === 0);
      expect((await service.deployments())[`order-${first}`]).toBe(2);
      expect(await reasons(service)).not.toContain('Aborted');
    } finally {
      await allowEvents();
    }
    await until('it is said', async () => (await reasons(service)).includes('Aborted'));
  }, 240_000);

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

  test('a contract migration waits for the last pod of older revisions; then none is gone back to that does not fit', async () => {
    const migration = (image: string) => ({
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'order', image, args: ['migrate'] }] } },
      contract: { args: ['migrate', '--contract'] },
    });
    const service = await begin();
    await service.apply('v1', { migration: migration('v1') });
    const { stableRevision: first = '' } = await service.isStable();
    const { items: pods } = await client.request<{ items: KubernetesObject[] }>({
      method: 'GET',
      path: pathOf(KINDS.Pod, service.namespace),
    });
    const slow = {
      method: 'PATCH',
      path: pathOf(KINDS.Pod, service.namespace, pods[0]?.metadata.name),
      contentType: 'application/merge-patch+json',
    } as const;
    // it works on after it was told to end, as one does that lets its requests end
    await client.request({ ...slow, body: { metadata: { finalizers: ['outrider.dev/works-on'] } } });
    const steps = { rollout: { steps: [{ replicas: 1 }] } };
    await service.apply('v2', { ...steps, migration: migration('v2') });
    const { canaryRevision: second = '' } = await service.answers('it is tried', ({ phase }) => phase === 'Canary');
    await service.command('promote', second);
    await service.isStable();
    await until(
      'no pod of the old one is asked for',
      async () => (await service.deployments())[`order-${first}`] === 0,
    );
    await service.command('contract', second);
    const { command } = await service.status();
    expect(command).toMatchObject({ accepted: false, message: `there still are pods of ${first}.` });

    await client.request({ ...slow, body: { metadata: { finalizers: null } } });
    await service.commandUntil('contract', second, ({ accepted }) => accepted);
    await service.reaches('the contract migration has run', ({ contract }) => contract?.state === 'Completed');
    const job = await client.request<Job & { readonly spec: { readonly template: PodTemplate } }>({
      method: 'GET',
      path: pathOf(KINDS.Job, service.namespace, `order-${second}-contract1`),
    });
    expect(job.spec.template.spec.containers[0]?.['args']).toEqual(['migrate', '--contract']);

    const why = `${first} does not fit the database since the contract migration of ${second}; the last that fits is ${second}.`;
    await service.command('undo', first);
    expect((await service.status()).command).toMatchObject({ accepted: false, message: `frozen: ${why}` });
    await service.apply('v1', { ...steps, migration: migration('v1') });
    const { conditions } = await service.answers('it is refused', ({ phase }) => phase === 'Aborted');
    expect(conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'Frozen',
      message: why,
    });
    expect(await service.deployments()).toEqual({ [`order-${first}`]: 0, [`order-${second}`]: 2 });
    await service.apply('v3', { ...steps, migration: migration('v3') });
    await service.answers('what is newer is tried', ({ phase }) => phase === 'Canary');
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
    await operators.start(service.namespace, { name: 'two' });
    await service.apply('v1');
    await service.isStable();
    await stopFirst();
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
    await operators.server.kill();
    await operators.server.start();
    await service.isStable();
  });
});
