import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findHelms, render, valuesOf } from '../charts/helm.js';
import type { KubernetesObject } from '../charts/objects.js';
import { PROJECT_ROOT } from '../run/project.js';
import { CheckoutCopy } from './checkout-copy.js';
import { releaseVersion } from './find-versions.js';
import { keepRelease, lastRelease } from './kept.js';
import { lostInUpgrade } from './lost-in-upgrade.js';
import { packageCharts } from './package-charts.js';

const helm = findHelms().at(-1);
const last = await lastRelease(PROJECT_ROOT);

(helm === undefined ? describe.skip : describe)('upgrades from a release (needs Helm)', () => {
  let copy: CheckoutCopy;
  let made: string;
  beforeAll(async () => {
    copy = await CheckoutCopy.make();
    made = await mkdtemp(join(tmpdir(), 'outrider-made-'));
  });
  afterAll(async () => {
    await copy[Symbol.asyncDispose]();
    await rm(made, { recursive: true });
  });

  test('a version that was made up is packaged, kept and found; from it, nothing is lost', async () => {
    const present = await releaseVersion(copy.root);
    for (const chart of ['common', 'service', 'outbox-worker', 'outrider']) {
      await copy.edit(`charts/${chart}/Chart.yaml`, (text) => text.replaceAll(present, '99.0.0'));
    }
    const [archive] = await packageCharts(helm!.command, copy.root, '99.0.0', made);
    await keepRelease(copy.root, '99.0.0', archive!);
    const kept = await lastRelease(copy.root);
    expect(kept?.version).toBe('99.0.0');

    const [before, after] = await Promise.all([
      render(helm!, valuesOf('minimal'), { chart: kept!.archive }),
      render(helm!, valuesOf('minimal')),
    ]);
    expect(versionsOf(before)).toEqual(['99.0.0']);
    expect(versionsOf(after)).toEqual([present]);
    expect(lostInUpgrade(before, after)).toEqual([]);
    expect(lostInUpgrade(before, after.slice(1).map(withOtherSelector)).length).toBeGreaterThan(10);
  }, 120_000);

  (last === undefined ? test.skip : test)(
    'values of the last release are good for this one, and nothing is lost (needs a release)',
    async () => {
      await promisify(execFile)('tar', ['-xzf', last!.archive, '-C', made]);
      const examples = join(made, 'outrider/examples');
      for (const file of (await readdir(examples)).filter((name) => name.endsWith('.yaml'))) {
        const values = valuesOf(file.slice(0, -'.yaml'.length), examples);
        const [before, after] = await Promise.all([
          render(helm!, values, { chart: join(made, 'outrider') }),
          render(helm!, values),
        ]);
        expect([file, lostInUpgrade(before, after)]).toEqual([file, []]);
      }
    },
    120_000,
  );
});

const versionsOf = (objects: readonly KubernetesObject[]): readonly unknown[] => [
  ...new Set(objects.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/version'])),
];

function withOtherSelector(object: KubernetesObject): KubernetesObject {
  return { ...object, spec: { ...(object['spec'] as object), selector: {} } };
}

test('a workload that is gone, or that selects other pods, is lost', () => {
  const object = (kind: string, name: string, selector: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name },
    spec: { selector },
  });
  const before = [
    object('Service', 'a', { app: 'a' }),
    object('Deployment', 'b', { app: 'b' }),
    object('Job', 'c', {}),
  ];
  expect(lostInUpgrade(before, before)).toEqual([]);
  expect(lostInUpgrade(before, [object('Deployment', 'b', { app: 'other' })])).toEqual([
    'Service a would be deleted',
    'Deployment b would have another selector',
  ]);
});
