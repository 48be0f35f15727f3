import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { findPrometheus, prometheusConfig } from './prometheus.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-prometheus-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('it is found in PATH, or where PROMETHEUS says', async () => {
  const path = join(folder, 'prometheus');
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  expect(await findPrometheus({ PATH: `/nowhere:${folder}` })).toBe(path);
  expect(await findPrometheus({ PATH: '', PROMETHEUS: path })).toBe(path);
});

test('without it, it is said where to get it, or what is wrong with PROMETHEUS', async () => {
  await expect(findPrometheus({ PATH: folder })).rejects.toThrow(/apt-get install prometheus/u);
  await expect(findPrometheus({ PROMETHEUS: join(folder, 'none') })).rejects.toThrow(/cannot be executed/u);
});

test('every process is scraped, a job for each part', () => {
  const config = parse(
    prometheusConfig({ targets: { order: ['127.0.0.1:1', '127.0.0.1:2'], inventory: ['127.0.0.1:3'] } }),
  );
  expect(config.scrape_configs).toEqual([
    { job_name: 'order', static_configs: [{ targets: ['127.0.0.1:1', '127.0.0.1:2'] }] },
    { job_name: 'inventory', static_configs: [{ targets: ['127.0.0.1:3'] }] },
  ]);
  expect(config.rule_files).toEqual([expect.stringMatching(/k8s\/monitoring\/rules\.yaml$/u)]);
});

test('each target may have labels of its own', () => {
  const labels = (part: string, target: string) => ({ namespace: 'shop', service: part, pod: `${part}-${target}` });
  const config = parse(prometheusConfig({ targets: { order: ['h:1', 'h:2'] }, labels, rulesFile: 'mine.yaml' }));
  expect(config.scrape_configs[0].static_configs).toEqual([
    { targets: ['h:1'], labels: { namespace: 'shop', service: 'order', pod: 'order-h:1' } },
    { targets: ['h:2'], labels: { namespace: 'shop', service: 'order', pod: 'order-h:2' } },
  ]);
  expect(config.rule_files).toEqual(['mine.yaml']);
});
