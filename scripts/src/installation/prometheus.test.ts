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
    prometheusConfig({
      admin: {
        order: [1, 2],
        inventory: [3],
        payment: [4],
        product: [5],
        'outbox-worker': [6, 7],
        reconciler: [8],
      },
    }),
  );
  expect(config.scrape_configs).toHaveLength(6);
  expect(config.scrape_configs[0]).toEqual({
    job_name: 'order',
    static_configs: [{ targets: ['127.0.0.1:1', '127.0.0.1:2'] }],
  });
  expect(config.rule_files).toEqual([expect.stringMatching(/k8s\/monitoring\/rules\.yaml$/u)]);
});
