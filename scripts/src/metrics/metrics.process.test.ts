import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import type { Part } from '../installation/layout.js';
import { PROJECT_ROOT } from '../run/project.js';
import { familiesOf } from './metric-families.js';
import { renderMetrics } from './render-metrics.js';
import { scrapeProcesses } from './scrape-processes.js';

jest.setTimeout(120_000);

let texts: Record<Part, string>;
beforeAll(async () => {
  texts = await scrapeProcesses();
});

test('the document shows the metrics that the processes show', async () => {
  const families = Object.entries(texts).map(([part, text]) => [part, familiesOf(text)] as const);
  expect(renderMetrics(Object.fromEntries(families))).toBe(
    await readFile(join(PROJECT_ROOT, 'docs/metrics.md'), 'utf8'),
  );
});

test('no process shows a label that a scrape adds by itself, a number that is none, or a gauge named as a counter', () => {
  for (const text of Object.values(texts)) {
    expect(text).not.toMatch(/^[^#].*[{,](?:service|job|instance|pod|namespace)="/mu);
    expect(text).not.toMatch(/^[^#].* NaN$/mu);
    expect(text).not.toMatch(/^# TYPE \S+_total gauge$/mu);
  }
});

test('promtool finds nothing wrong with any of them, where there is a promtool', async () => {
  for (const [part, text] of Object.entries(texts)) expect([part, await promtool(text)]).toEqual([part, '']);
});

/** What promtool says; nothing where it is not installed. */
function promtool(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.env['PROMTOOL'] ?? 'promtool', ['check', 'metrics'], (error, stdout, stderr) => {
      if (error !== null && 'code' in error && error.code === 'ENOENT') resolve('');
      else if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve(stdout + stderr);
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(text);
  });
}
