import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InstallationUnderTest, OperatorsUnderTest } from '@outrider/operator/testing';
import { until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { CHARTS_FOLDER, findHelms, valuesOf } from './helm.js';

const helm = findHelms().find(({ major }) => major === '4');
const available = helm !== undefined && (await OwnApiServer.available());
const OPERATED = [
  ...['order', 'inventory', 'payment', 'product', 'outbox-worker'].map((name) => `${name}.runBy=operator`),
  'global.networkPolicy.operator[0].podSelector.matchLabels.a=b',
];
/** `--set` of a version of order that waits for a person, and may take so long to be ready. */
const version = (tag: string, readyDeadline: string) => [
  `--set=order.image.tag=${tag},order.rollout.steps[0].replicas=1,order.rollout.readyDeadline=${readyDeadline}`,
];

(available ? describe : describe.skip)('helm upgrade --wait (needs kube-apiserver and Helm 4)', () => {
  let operators: OperatorsUnderTest;
  let shop: InstallationUnderTest;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
    shop = await InstallationUnderTest.open(operators.client);
  }, 120_000);
  afterAll(async () => {
    await shop?.close();
    await operators?.[Symbol.asyncDispose]();
  });

  /** @returns what Helm says when it ends with an error; undefined when it ends well */
  async function upgrade(timeout: string, ...args: readonly string[]): Promise<string | undefined> {
    const chart = join(CHARTS_FOLDER, 'outrider');
    const all = ['upgrade', '--install', 'shop', chart, '--namespace', shop.namespace, '--wait', '--timeout', timeout];
    try {
      const env = { ...process.env, KUBECONFIG: operators.server.kubeconfig };
      await promisify(execFile)(
        helm!.command,
        [...all, ...valuesOf('minimal'), `--set=${OPERATED.join(',')}`, ...args],
        { env },
      );
      return undefined;
    } catch (error) {
      return (error as { readonly stderr: string }).stderr;
    }
  }

  test('ends when the roll-out does, and with an error when there is no operator, or it aborts', async () => {
    expect(await upgrade('5s')).toMatch(/CommerceService\S+\/shop-order not ready/u);

    await operators.start(shop.namespace);
    expect(await upgrade('120s')).toBeUndefined();
    const { stableRevision: first, phase } = await shop.status('shop-order');
    expect(phase).toBe('Stable');
    // the same again changes nothing, beside what the operator has written
    expect(await upgrade('120s')).toBeUndefined();
    expect(await shop.status('shop-order')).toMatchObject({ observedGeneration: 1, stableRevision: first });

    let isOver = false;
    const good = upgrade('120s', ...version('good', '60s')).finally(() => (isOver = true));
    await until('it is tried', async () => (await shop.status('shop-order')).canaryRevision !== undefined);
    const { canaryRevision: second = '' } = await shop.status('shop-order');
    expect(isOver).toBe(false);
    await shop.command('shop-order', 'promote', second);
    expect(await good).toBeUndefined();
    expect(await shop.status('shop-order')).toMatchObject({ phase: 'Stable', stableRevision: second });
    expect(second).not.toBe(first);

    shop.behave(/:bad$/u, { broken: 'ImagePullBackOff' });
    const said = await upgrade('120s', ...version('bad', '2s'));
    expect(said).toMatch(/shop-order not ready\. status: Failed, message: \S+ was aborted: .*ImagePullBackOff/u);
    expect(said).toContain(`${second} serves.`);
    // it did not wait for its own end
    expect(said).not.toContain('deadline exceeded');

    // nothing changed since: what was aborted stays aborted, and that is said again
    expect(await upgrade('120s', ...version('bad', '2s'))).toContain('was aborted');
    expect(await upgrade('120s', ...version('good', '60s'))).toBeUndefined();
  }, 400_000);
});
