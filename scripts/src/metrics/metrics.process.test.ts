import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { SERVICES, WORKER, type Part } from '../installation/layout.js';
import { PROJECT_ROOT } from '../run/project.js';
import { findPromtool, promtool } from '../testing/promtool.js';
import { familiesOf } from './metric-families.js';
import { renderMetrics } from './render-metrics.js';
import { scrapeProcesses } from './scrape-processes.js';

// eight processes, one after the other, each of which may take half a minute on a busy machine
jest.setTimeout(280_000);

const promtoolCommand = findPromtool();

let texts: Readonly<Record<string, string>>;
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

test('what a database that is away would have said is absent, and counts as not read', () => {
  const { order, payment, 'outbox-worker': worker } = texts;
  const database = 'order';
  expect(order).not.toMatch(
    /^(?:outbox_(?:unpublished|oldest|dead|days)|saga_(?:in_step|oldest|overdue)|inbox_days)\w*(?:\{.*\})? /mu,
  );
  expect(payment).not.toMatch(/^payment_(?:in_doubt|oldest_in_doubt_age_seconds) /mu);
  expect(worker).not.toMatch(/^outbox_(?:unpublished_events|oldest_unpublished_age_seconds)\{/mu);
  for (const text of [order, worker]) {
    expect(text).toMatch(new RegExp(`^metrics_read_failures_total\\{database="${database}"\\} \\d`, 'mu'));
  }
});

test('three replicas of each service and three workers, scraped each 15 s, ask no database more than once a second', () => {
  const read = (part: Part, database: string): number =>
    Number(new RegExp(`^metrics_reads_total\\{database="${database}"\\} (\\d+)$`, 'mu').exec(texts[part]!)?.[1]);
  for (const service of SERVICES) {
    // the first scrape of a process reads everything; the days of its outbox and inbox are read once a minute
    const often = read(service, service) - 2;
    const eachMinute = 3 * (often * 4 + 2) + 3 * read(WORKER, service) * 4;
    expect([service, often > 0, eachMinute <= 60]).toEqual([service, true, true]);
  }
});

(promtoolCommand === undefined ? test.skip : test)(
  'nothing is found wrong with any of them (needs promtool)',
  async () => {
    for (const [part, text] of Object.entries(texts)) {
      expect([part, await promtool(promtoolCommand!, ['check', 'metrics'], { input: text })]).toEqual([part, '']);
    }
  },
);
