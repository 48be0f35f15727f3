import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { OwnApiServer } from '@outrider/testkit/kubernetes';
import { AutoscalerStandIn } from './testing/autoscaler-stand-in.js';
import { OperatorsUnderTest } from './testing/operators-under-test.js';
import { ServiceUnderTest } from './testing/service-under-test.js';

const rollout = (replicas: number) => ({ steps: [{ replicas }], readyDeadline: '60s' });

((await OwnApiServer.available()) ? describe : describe.skip)('an autoscaler (needs kube-apiserver)', () => {
  let operators: OperatorsUnderTest;
  let service: ServiceUnderTest;
  let autoscaler: AutoscalerStandIn;

  beforeAll(async () => {
    operators = await OperatorsUnderTest.open();
    service = await ServiceUnderTest.open(operators.client);
    autoscaler = new AutoscalerStandIn(operators.client, service.namespace, 'order');
    await operators.start(service.namespace);
  }, 120_000);
  afterAll(async () => {
    await autoscaler?.close();
    await service?.close();
    await operators?.[Symbol.asyncDispose]();
  });

  /** The manifest says nothing of replicas, so that those who scale own them. */
  const apply = (image: string, step: number) => service.apply(image, { replicas: undefined, rollout: rollout(step) });
  const isTried = () =>
    service.answers('it is tried', ({ phase, rollout: under }) => phase === 'Canary' && under?.heldSince !== undefined);
  const has = (wanted: Readonly<Record<string, number>>) =>
    until(`there are ${JSON.stringify(wanted)}`, async () => {
      const found = await service.deployments();
      return Object.entries(wanted).every(([revision, count]) => found[`order-${revision}`] === count);
    });
  /** It asks for so many, and several rounds go by in which it asks for nothing else. */
  async function staysAt(replicas: number): Promise<void> {
    let [quietSince, writes] = [autoscaler.rounds, autoscaler.written.length];
    await until(`it stays at ${replicas}`, async () => {
      if (autoscaler.written.length > writes) {
        [quietSince, writes] = [autoscaler.rounds, autoscaler.written.length];
      }
      return autoscaler.rounds >= quietSince + 5 && (await autoscaler.read()).spec.replicas === replicas;
    });
  }

  test('sees the stable revision alone, and is the only one that writes replicas', async () => {
    await apply('v1', 1);
    const { stableRevision: first = '' } = await service.isStable(1);
    autoscaler.load = 3;
    autoscaler.start();
    await service.isStable(3);
    await staysAt(3);

    // a canary is no load that went away, and no replica that it counts
    await apply('v2', 1);
    const { canaryRevision: second = '' } = await isTried();
    const written = [...autoscaler.written];
    await staysAt(3);
    expect(autoscaler.written).toEqual(written);
    const { spec, status } = await autoscaler.read();
    expect({ spec, replicas: status.replicas }).toEqual({ spec: { replicas: 3 }, replicas: 3 });
    expect(status.selector).toContain(first);
    expect([await autoscaler.ready(status.selector), await autoscaler.ready()]).toEqual([3, 4]);

    // scaled during the canary: the stable revision is, the canary stays what its step says
    autoscaler.load = 7;
    await staysAt(6);
    await has({ [first]: 6, [second]: 1 });
    expect(await service.status()).toMatchObject({ phase: 'Canary', canaryRevision: second });
    await service.command('abort', second);
    await staysAt(7);
    await has({ [first]: 7, [second]: 0 });

    // scaled below a step: the canary never has more pods than the stable revision
    await apply('v3', 3);
    const { canaryRevision: third = '' } = await isTried();
    await has({ [third]: 3 });
    autoscaler.load = 4;
    await staysAt(2);
    await has({ [first]: 2, [third]: 2 });
    expect(await service.status()).toMatchObject({ phase: 'Canary', canaryRevision: third });

    // the same manifest again takes nothing from who scales
    await apply('v3', 3);
    await staysAt(2);

    // after an abort: what was aborted gets none of the pods that are added
    await service.command('abort', third);
    await has({ [third]: 0 });
    autoscaler.load = 5;
    await staysAt(5);
    await has({ [first]: 5, [second]: 0, [third]: 0 });

    // Kubernetes 1.34 keeps no manager of what is written through /scale of a custom resource: nobody else has written it
    const { metadata } = await service.read();
    const ofSpec = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => 'f:spec' in (fieldsV1 as object));
    expect(ofSpec.map(({ manager }) => manager)).toEqual(['test']);
    expect(JSON.stringify(ofSpec)).not.toContain('f:replicas');
    // each change of spec counts one: three manifests, and what the autoscaler wrote
    expect(metadata.generation).toBe(3 + autoscaler.written.length);
  }, 240_000);
});
