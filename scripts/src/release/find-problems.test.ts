import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { CheckoutCopy } from './checkout-copy.js';
import { findProblems, hasEntry } from './find-problems.js';
import { contractsVersion, releaseVersion } from './find-versions.js';
import { keepRelease, lastRelease, refuseKept } from './kept.js';

let copy: CheckoutCopy;
beforeEach(async () => {
  copy = await CheckoutCopy.make();
});
afterEach(() => copy[Symbol.asyncDispose]());

test('nothing keeps this checkout from being released, nor its copy', async () => {
  expect(await findProblems(PROJECT_ROOT)).toEqual([]);
  expect(await findProblems(copy.root)).toEqual([]);
});

test.each([
  ['packages/outbox/package.json', 'packages/outbox/package.json: it is 9.9.9, package.json says'],
  ['services/order/package.json', 'services/order/package.json: it is 9.9.9'],
  ['package-lock.json', 'package-lock.json: it is 9.9.9'],
  ['k8s/dev/simulator.yaml', 'k8s/dev/simulator.yaml: outrider/simulator: it is 9.9.9'],
  ['charts/common/Chart.yaml', 'charts/common/Chart.yaml: version: it is 9.9.9'],
  ['charts/service/Chart.yaml', 'charts/service/Chart.yaml: version: it is 9.9.9'],
])('another version in %s is named', async (path, sentence) => {
  const version = await releaseVersion(copy.root);
  await copy.edit(path, (text) => text.replace(version, '9.9.9'));
  expect(await findProblems(copy.root)).toEqual([expect.stringContaining(sentence)]);
});

test('a version that is raised in package.json alone is missing everywhere else, also in the changelog', async () => {
  await copy.edit('package.json', (text) => text.replace(/"version": "[^"]+"/u, '"version": "7.8.9"'));
  const problems = await findProblems(copy.root);
  for (const where of [
    'charts/outrider/Chart.yaml: version',
    'charts/outrider/Chart.yaml: appVersion',
    'charts/outrider/Chart.yaml: dependency outbox-worker',
    'k8s/dev/kafka.yaml: outrider/order',
    'scripts/package.json',
    'examples/custom-shop/package.json',
  ]) {
    expect(problems).toContainEqual(expect.stringMatching(`^${where}: it is .*, package.json says 7.8.9.$`));
  }
  expect(problems).toContain('CHANGELOG.md: there is nothing below "## 7.8.9".');
});

test('a version that is none is refused', async () => {
  await copy.edit('package.json', (text) => text.replace(/"version": "[^"]+"/u, '"version": "next"'));
  expect(await findProblems(copy.root)).toContain('package.json: the version is next, which is none like 1.2.3.');
});

test('an entry of the changelog is a heading with text below it', () => {
  const changelog = '# Changelog\n\n## 0.2.0\n\n## 0.1.0 (2026-11-29)\n\n- first\n';
  expect(hasEntry(changelog, '0.1.0')).toBe(true);
  expect(hasEntry(changelog, '0.2.0')).toBe(false);
  expect(hasEntry(changelog, '0.1')).toBe(false);
});

test('what is released is kept, and does not change', async () => {
  const version = await contractsVersion(copy.root);
  for (const released of ['0.9.0', '0.10.0']) await keepRelease(copy.root, released, join(copy.root, 'CHANGELOG.md'));
  expect(await lastRelease(copy.root)).toMatchObject({ version: '0.10.0' });
  expect(() => refuseKept(copy.root, '0.9.0')).toThrow('0.9.0 is released: charts/released has its chart');
  expect(() => refuseKept(copy.root, '0.11.0')).not.toThrow();
  expect(await findProblems(copy.root)).toEqual([]);
  await copy.edit(`packages/contracts/schemas/released/${version}/order-event.json`, (text) => `${text} `);
  expect(await findProblems(copy.root)).toEqual([expect.stringContaining(`${version} is released with another`)]);
});
