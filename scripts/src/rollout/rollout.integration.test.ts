import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  clientOf,
  createDefinitions,
  ordersEnd,
  readOperatorConfig,
  ServiceUnderTest,
  startOperator,
} from '@outrider/operator/testing';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages, type Stage } from '@outrider/service-kit/process';
import { freePort } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { runCommand } from '../cli/run-command.js';
import { outriderProgram, type Chosen } from '../outrider/program.js';

const available = await OwnApiServer.available();
const log = createLogger('operator', 'silent');
/** A step that waits for a person. */
const WAITS = {
  rollout: { steps: [{ replicas: 1 }], analysis: { interval: '1s', minimum: 5 }, scaleDownDelay: '10m' },
};

(available ? describe : describe.skip)('scripts/outrider rollout (needs kube-apiserver)', () => {
  let server: OwnApiServer;
  let client: Awaited<ReturnType<typeof clientOf>>;
  let service: ServiceUnderTest;
  let stages: readonly Stage[] = [];
  let output: string;

  beforeAll(async () => {
    server = await OwnApiServer.open();
    client = await clientOf(server.adminKubeconfig());
    await createDefinitions(client);
  }, 120_000);
  beforeEach(async () => {
    output = '';
    service = await ServiceUnderTest.open(client);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await stopStages(stages, log);
    stages = [];
    await service.close();
  });
  afterAll(async () => {
    client?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function startOne(): Promise<void> {
    const config = readOperatorConfig({
      KUBECONFIG: server.kubeconfig,
      WATCH_NAMESPACE: service.namespace,
      LEASE_NAME: service.namespace,
      ADMIN_PORT: String(await freePort()),
      HOST: '127.0.0.1',
    });
    stages = await startOperator(config, log);
  }

  /** Runs `scripts/outrider rollout …`. @returns the exit code; `output` is what it wrote */
  async function rollout(...args: readonly string[]): Promise<number> {
    output = '';
    const write = (text: unknown): true => {
      output += String(text);
      return true;
    };
    jest.spyOn(process.stdout, 'write').mockImplementation(write);
    jest.spyOn(console, 'log').mockImplementation((text) => void write(`${String(text)}\n`));
    let chosen: Chosen = async () => 0;
    const program = outriderProgram((choice) => (chosen = choice));
    const given = ['rollout', ...args, '--kubeconfig', server.kubeconfig, '-n', service.namespace];
    try {
      return await runCommand(
        program,
        given,
        () => chosen(),
        (text) => void write(text),
      );
    } finally {
      jest.restoreAllMocks();
    }
  }

  test('shows what is stable and what is tried, and steers it from one to the other', async () => {
    await startOne();
    service.behave('v1', ordersEnd('COMPLETED'));
    await service.apply('v1');
    expect(await rollout('watch', 'order')).toBe(0);
    expect(output).toMatch(/order Stable · stable \S+, 2 of 2 pods ready\n$/u);
    const { stableRevision: first } = await service.isStable();

    service.behave('v2', ordersEnd('COMPLETED'));
    await service.apply('v2', WAITS);
    await service.reaches('it was judged', ({ analysis }) => analysis?.verdict === 'pass');
    expect(await rollout('status', 'order')).toBe(3);
    expect(output).toMatch(/Verdict: pass/u);
    expect(output).toMatch(/orders, failed\/counted +0\/\d+ +0\/\d+/u);

    expect(await rollout('pause', 'order')).toBe(0);
    expect(await rollout('status', 'order')).toBe(4);
    expect(output).toContain('Paused: a person said pause.');
    expect(await rollout('promote', 'order', '--revision', 'other')).toBe(1);
    expect(output).toMatch(/^promote other: refused: other is not the canary/u);
    expect(await rollout('resume', 'order')).toBe(0);
    expect(await rollout('promote', 'order', '--wait')).toBe(0);
    const { stableRevision: second } = await service.status();
    expect(second).not.toBe(first);

    expect(await rollout('undo', 'order', '--json')).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ name: 'undo', value: first, accepted: true });
    await service.reaches(
      'the first one is back',
      ({ stableRevision, readyReplicas }) => stableRevision === first && readyReplicas === 2,
    );
    expect(await rollout('status', 'order', '--json')).toBe(4);
    expect(JSON.parse(output)).toMatchObject({ name: 'order', stableRevision: first, aborted: [{ revision: second }] });
    expect(await rollout('retry', 'order')).toBe(0);
    expect(await rollout('restart', 'order')).toBe(0);
    expect(await rollout('abort', 'order', '--wait')).toBe(4);
    expect(output).toContain('Aborted');
  }, 180_000);

  test('says what is wrong in one sentence', async () => {
    expect(await rollout('status', 'nothing')).toBe(1);
    expect(output).toContain(`there is no CommerceService nothing in namespace ${service.namespace}`);
    await service.apply('v1');
    expect(await rollout('promote', 'order')).toBe(1);
    expect(output).toContain('order has no revision that promote could be about; say it by --revision.');
    expect(await rollout('status', 'order', '--context', 'other')).toBe(1);
    expect(output).toContain('KUBECONFIG: has no context other');
    expect(await rollout('promotes', 'order')).toBe(2);
    expect(await rollout('watch', 'order', '--timeout', '1')).toBe(2);
  });

  test('says that no operator answers', async () => {
    await service.apply('v1');
    expect(await rollout('restart', 'order', '--revision', 'abc')).toBe(1);
    expect(output).toContain('no operator has answered in 30 s; restart=abc stays on order until one does.');
  });
});
