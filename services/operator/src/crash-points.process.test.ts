import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import type { ApiClient } from './kubernetes/index.js';
import { createDefinitions } from './testing/definitions.js';
import { clientOf } from './testing/namespace.js';
import { ordersEnd, ServiceUnderTest } from './testing/service-under-test.js';

const PROGRAM = resolve(import.meta.dirname, '../dist/testing/operator-to-kill.js');
const SPEC = {
  rollout: {
    steps: [{ replicas: 1, hold: '1s' }],
    readyDeadline: '30s',
    scaleDownDelay: '1s',
    analysis: { interval: '1s', minimum: 5 },
  },
};
/** More writes than these are not made by a roll-out: something is written again and again. */
const MOST_WRITES = 60;

((await OwnApiServer.available()) ? describe : describe.skip)('crash points (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: ApiClient;
  let under: ServiceUnderTest | undefined;
  let operator: ChildProcess | undefined;

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    await createDefinitions(client);
  }, 120_000);
  afterEach(async () => {
    await kill();
    await under?.close();
  });
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function start(namespace: string, fatal: number): Promise<void> {
    operator = spawn(process.execPath, [PROGRAM, String(fatal), server.account], {
      stdio: 'inherit',
      env: {
        PATH: process.env['PATH'],
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: new URL(server.url).port,
        WATCH_NAMESPACE: namespace,
        LEASE_NAME: namespace,
        POD_NAME: 'operator',
        HOST: '127.0.0.1',
        ADMIN_PORT: String(await freePort()),
        LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      },
    });
  }

  const hasEnded = (): boolean => operator === undefined || operator.exitCode !== null || operator.signalCode !== null;

  async function kill(): Promise<void> {
    if (operator !== undefined && !hasEnded()) {
      operator.kill('SIGKILL');
      await once(operator, 'exit');
    }
    operator = undefined;
  }

  /**
   * Rolls out one image after another; in the roll-out number N the operator is killed after its Nth write, and started
   * again. Ends with the roll-out that has no such write.
   */
  async function killAtEachWrite(image: (number: number) => string, ends: () => Promise<unknown>): Promise<number> {
    const { namespace } = under!;
    for (let fatal = 1; fatal <= MOST_WRITES; fatal += 1) {
      await kill();
      await start(namespace, fatal);
      await under!.apply(image(fatal), SPEC);
      let over = false;
      const ended = ends().then(() => (over = true));
      await until('it was killed, or is at the end', () => hasEnded() || over, 200_000);
      const wasKilled = hasEnded();
      if (wasKilled) await start(namespace, 0);
      await ended;
      if (!wasKilled) return fatal - 1;
    }
    throw new Error('the operator writes without end');
  }

  /** Events that stand for decisions: each was taken once for each revision. */
  async function twice(reason: string): Promise<readonly string[]> {
    const messages = (await under!.events()).filter((event) => event.reason === reason).map(({ message }) => message);
    return messages.filter((message, index) => messages.indexOf(message) !== index);
  }

  test('killed after every single write of one that is aborted, the stable one keeps its pods', async () => {
    under = await ServiceUnderTest.open(client);
    under.behave('v0', ordersEnd('COMPLETED'));
    await start(under.namespace, 0);
    await under.apply('v0', SPEC);
    const { stableRevision } = await under.isStable();
    const image = (number: number): string => {
      under!.behave(`bad${number}`, ordersEnd('FAILED'));
      return `bad${number}`;
    };
    const points = await killAtEachWrite(image, async () => {
      const { metadata } = await under!.read();
      await under!.reaches(
        'it is aborted',
        (status) => status.phase === 'Aborted' && status.observedGeneration === metadata.generation,
      );
      await until('only the stable one has pods', async () =>
        Object.entries(await under!.deployments()).every(([name, replicas]) =>
          name === `order-${stableRevision}` ? replicas === 2 : replicas === 0,
        ),
      );
    });
    expect(points).toBeGreaterThan(5);
    expect(await twice('Aborted')).toEqual([]);
    expect((await under.status()).stableRevision).toBe(stableRevision);
    expect(under.node.most.get(`order-${stableRevision}`)).toBe(2);
  }, 900_000);
});
