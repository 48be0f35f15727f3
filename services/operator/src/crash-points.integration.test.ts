import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import type { CommerceServiceStatus } from './api/commerce-service.js';
import type { Call } from './kubernetes/index.js';
import { OperatorsUnderTest, type StopOperator } from './testing/operators-under-test.js';
import { ordersEnd, ServiceUnderTest } from './testing/service-under-test.js';

const rollout = (steps: readonly object[]) => ({
  steps,
  readyDeadline: '60s',
  scaleDownDelay: '1s',
  analysis: { interval: '1s', minimum: 5 },
});
const JUDGED = { rollout: rollout([{ replicas: 1, hold: '1s' }]) };
const BY_HAND = { rollout: rollout([{ replicas: 1 }]) };

const WITH_CONTRACT = {
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'order', image: 'v4' }] } },
  contract: { args: ['migrate', '--contract'] },
};

/** What a write does, without times and counts: two that differ in these alone are the same action. */
function actionOf({ method, path, body }: Call): string {
  const {
    message,
    spec,
    status: written,
  } = body as {
    readonly message?: string;
    readonly spec?: { readonly replicas?: number };
    readonly status?: CommerceServiceStatus;
  };
  const { phase, stableRevision, rollout: under, aborted, contract, goingBackSince, command } = written ?? {};
  const decided = written && {
    phase,
    stableRevision,
    under: [
      under?.revision,
      under?.phase,
      under?.step,
      under?.paused,
      under?.resumedStep,
      under?.heldSince === undefined,
    ],
    aborted: aborted?.map(({ revision }) => revision),
    contract: contract?.state,
    goesBack: goingBackSince !== undefined,
    command: [command?.name, command?.value, command?.accepted, command?.pending],
    reports: written.unannounced?.map((event) => event.reason),
    ready: written.conditions?.map((one) => `${one.type} ${one.status} ${one.reason}`),
  };
  return `${method} ${path} ${JSON.stringify({ message, replicas: spec?.replicas, decided })}`;
}

// The operator is cut off in this process; `crash-points.process.test.ts` kills processes.
((await OwnApiServer.available()) ? describe : describe.skip)('crash points (needs kube-apiserver)', () => {
  let operators: OperatorsUnderTest;
  let service: ServiceUnderTest;
  let stop: StopOperator;
  const ends: Promise<void>[] = [];
  const seen = new Set<string>();
  let isOver = false;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
    service = await ServiceUnderTest.open(operators.client);
    await begin();
  }, 120_000);
  afterAll(async () => {
    isOver = true;
    await Promise.all(ends);
    await service?.close();
    await operators?.[Symbol.asyncDispose]();
  });

  /** Starts an operator that ends as soon as it has done something that none before it has done, and then the next. */
  async function begin(): Promise<void> {
    stop = await operators.start(service.namespace, {
      isFatal: (write) => {
        const action = actionOf(write);
        if (isOver || seen.has(action)) return false;
        seen.add(action);
        ends.push(stop().then(begin));
        return true;
      },
    });
  }

  test('killed after every action of a whole life, it always goes on to the end', async () => {
    // the first revision
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1', JUDGED);
    const { stableRevision: first = '' } = await service.isStable();
    service.node.fewestReady = Number.POSITIVE_INFINITY;

    // one that is as good takes over, after its migration
    service.behave('v2', ordersEnd('COMPLETED'));
    await service.apply('v2', JUDGED);
    const { stableRevision: second = '' } = await service.isStable();
    await haveReplicas({ [first]: 0, [second]: 2 });

    // back to the first
    await service.command('undo', first);
    await service.reaches(
      'it went back',
      ({ phase, stableRevision }) => phase === 'Aborted' && stableRevision === first,
    );
    await haveReplicas({ [first]: 2, [second]: 0 });

    // one whose migration fails
    service.behave('v3', { job: 'fails' });
    await service.apply('v3', JUDGED);
    const { specRevision: third = '' } = await service.answers(
      'its migration failed',
      ({ phase }) => phase === 'Aborted',
    );
    await haveReplicas({ [first]: 2, [second]: 0 });

    // one that a person stops, and then lets take over
    await service.apply('v4', { ...BY_HAND, migration: WITH_CONTRACT });
    const { canaryRevision: fourth = '' } = await service.answers(
      'it waits for a person',
      ({ canaryRevision, rollout: under, specRevision }) =>
        canaryRevision === specRevision && under?.heldSince !== undefined,
    );
    await service.command('pause', fourth);
    await service.command('resume', fourth);
    await service.command('abort', fourth);
    await haveReplicas({ [first]: 2, [second]: 0, [fourth]: 0 });
    await service.command('retry', fourth);
    await service.reaches('it is tried again', ({ canaryRevision }) => canaryRevision === fourth);
    await service.command('promote', fourth);
    await service.isStable();
    await haveReplicas({ [first]: 0, [second]: 0, [fourth]: 2 });

    // what only older revisions needed goes
    await service.commandUntil('contract', fourth, ({ accepted }) => accepted);
    await service.reaches('it has run', ({ contract }) => contract?.state === 'Completed');

    await Promise.all(ends);
    expect(service.node.fewestReady).toBeGreaterThanOrEqual(2);
    const { aborted, stableRevision } = await service.status();
    expect(stableRevision).toBe(fourth);
    expect(aborted?.map(({ revision, reason }) => [revision, reason])).toEqual([
      [second, 'Undone'],
      [third, 'MigrationFailed'],
    ]);
    // a contract is asked for until no pod of an older revision is left, and each time it is refused that is said
    const told = (await service.events())
      .map(({ reason, message }) => `${reason}: ${message}`)
      .filter((one) => !one.startsWith(`CommandRefused: contract=${fourth} `));
    expect(told.filter((one, index) => told.indexOf(one) !== index)).toEqual([
      // it was rolled out twice
      `RolloutStarted: ${fourth} is rolled out.`,
    ]);
    expect(seen.size).toBeGreaterThan(60);
  }, 240_000);

  async function haveReplicas(wanted: Readonly<Record<string, number>>): Promise<void> {
    const named = Object.fromEntries(Object.entries(wanted).map(([revision, count]) => [`order-${revision}`, count]));
    const text = (counts: Readonly<Record<string, number>>): string =>
      JSON.stringify(Object.entries(counts).toSorted());
    await until(`replicas are ${text(named)}`, async () => text(await service.deployments()) === text(named));
  }
});
