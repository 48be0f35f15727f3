import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { OperatorsUnderTest } from './testing/operators-under-test.js';
import { lagNotFalling, WorkersUnderTest } from './testing/workers-under-test.js';

const SCALING = { minReplicas: 1, maxReplicas: 4, targetAge: '2s', scaleDownAfter: '2s', interval: '1s' };

((await OwnApiServer.available()) ? describe : describe.skip)('workers (needs kube-apiserver)', () => {
  let operators: OperatorsUnderTest;
  let under: WorkersUnderTest | undefined;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
  }, 120_000);
  afterEach(async () => {
    await operators.stop();
    await under?.close();
  });
  afterAll(async () => {
    await operators?.[Symbol.asyncDispose]();
  });

  async function begin(perWorker: number): Promise<WorkersUnderTest> {
    under = await WorkersUnderTest.open(operators.client, perWorker);
    await operators.start(under.namespace);
    await under.apply({ scaling: SCALING });
    await under.reaches('one worker is ready and was measured', (status) => {
      return status.readyReplicas === 1 && status.eventsPerSecond !== undefined;
    });
    return under;
  }

  test.each([
    { perWorker: 100, events: 2_000 },
    // of more than 100,000 it is not known how many there are
    { perWorker: 60_000, events: 1_200_000 },
  ])(
    'are added for a backlog of $events until it is gone, and go one by one',
    async ({ perWorker, events }) => {
      const workers = await begin(perWorker);
      workers.relay.fill(events);
      await workers.reaches('there are as many as there may be', ({ readyReplicas }) => readyReplicas === 4);
      await until('the backlog is gone', () => workers.relay.pending === 0);
      const counts = new Set<number>();
      await workers.reaches('there is one again', ({ replicas = 0 }) => {
        counts.add(replicas);
        return replicas === 1;
      });
      expect([...counts]).toEqual([4, 3, 2, 1]);
      expect(workers.most).toBe(4);
      expect(lagNotFalling(await workers.status())).toBe('False Scaling');
      const { metadata } = await workers.deployment();
      const writers = metadata.managedFields?.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas'));
      expect(writers?.filter(({ subresource }) => subresource !== 'status').map(({ manager }) => manager)).toEqual([
        'outrider-operator',
      ]);
    },
    240_000,
  );

  test('are not added while the broker is stopped, nor for a key that is parked, and it is said why', async () => {
    const workers = await begin(1_000);
    const isOld = (age = 0): boolean => age >= 3 * 2;
    workers.relay.brokerAnswers = false;
    workers.relay.fill(500);
    const stopped = await workers.reaches(
      'what waits is old',
      (status) => isOld(status.oldestAgeSeconds) && lagNotFalling(status) === 'True NoLoad',
    );
    expect(stopped.scaling?.reason).toContain('nothing is published: that is no load. See whether the broker answers.');
    // one worker sends that before the next look
    workers.relay.brokerAnswers = true;
    await workers.reaches('the backlog is gone', (status) => status.pendingEvents === 0);
    await workers.reaches('it is said', (status) => lagNotFalling(status) === 'False Scaling');

    workers.relay.arriving = 50;
    workers.relay.park();
    const parked = await workers.reaches('it is said', (status) => lagNotFalling(status) === 'True KeysParked');
    expect(parked.conditions?.find(({ type }) => type === 'LagNotFalling')?.message).toContain(
      '1 key is parked: no worker publishes that. See outrider outbox parked.',
    );
    await workers.areRead(10);
    expect(workers.most).toBe(1);
  }, 240_000);

  test('stay as many as they are while the lag is not known', async () => {
    const workers = await begin(10);
    workers.relay.fill(100_000);
    await workers.reaches('one was added', ({ readyReplicas }) => readyReplicas === 2);
    workers.relay.isReadable = false;
    const { replicas } = await workers.reaches('it is said', ({ scaling }) => {
      return scaling?.reason === 'The lag is not known; the number of workers stays.';
    });
    await workers.areRead(10);
    expect((await workers.status()).replicas).toBe(replicas);
    workers.relay.isReadable = true;
    await workers.reaches('they are added to again', ({ readyReplicas }) => readyReplicas === 4);
  }, 240_000);
});
