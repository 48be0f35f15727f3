import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Registry, type Counter } from 'prom-client';
import { addEventLoopMetrics } from './event-loop-metrics.js';
import { counter, createMetrics, gauge, histogram, readGauge, Readings, RecentVersions } from './index.js';

const samplesOf = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('every combination of the known values of labels is there from the start, with 0', async () => {
  const registry = new Registry();
  counter(registry, { name: 'a_total', help: 'A', labels: { outcome: ['good', 'bad'], leg: ['x', 'y'] } });
  counter(registry, { name: 'open_total', help: 'O', labels: { outcome: ['good'], code: [] } });
  gauge(registry, { name: 'g', help: 'G', labels: { state: ['idle'] }, addUp: 'sum' });
  histogram(registry, { name: 'h_seconds', help: 'H', labels: { kind: ['k'] }, buckets: [1] });
  expect(await samplesOf(registry)).toEqual([
    'a_total{outcome="good",leg="x"} 0',
    'a_total{outcome="good",leg="y"} 0',
    'a_total{outcome="bad",leg="x"} 0',
    'a_total{outcome="bad",leg="y"} 0',
    'g{state="idle"} 0',
    'h_seconds_bucket{le="1",kind="k"} 0',
    'h_seconds_bucket{le="+Inf",kind="k"} 0',
    'h_seconds_sum{kind="k"} 0',
    'h_seconds_count{kind="k"} 0',
  ]);
});

test('a process shows which build it is, no label that a scrape adds, and no gauge that is named as a counter', async () => {
  const { registry } = createMetrics('order-7f9c');
  const text = await registry.metrics();
  expect(text).toMatch(/^outrider_build_info\{version="\d[^"]*",revision="order-7f9c",node="2\d\.[^"]*"\} 1$/mu);
  expect(text).not.toMatch(/[{,](?:service|job|instance|pod|namespace)="/u);
  expect(text).not.toMatch(/^# TYPE \S+_total gauge$/mu);
  for (const [, name] of text.matchAll(/^# TYPE (\S+) /gmu)) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} .+ \\((?:labels: [\\w, ]+; )?add up: (?:sum|max|each)\\)$`, 'mu'));
  }
});

/** A database whose answers the test decides. */
function bench(): { readonly registry: Registry; answer: () => Promise<number>; asked: number } {
  const registry = new Registry();
  const state = { registry, answer: async () => 7, asked: 0 };
  const readings = new Readings(registry, ['order']);
  const read = readings.of(
    'order',
    () => {
      state.asked += 1;
      return state.answer();
    },
    { freshMs: 20 },
  );
  readGauge(registry, [read], { name: 'n', help: 'N', labels: [], addUp: 'max', rows: (n) => [[{}, n] as const] });
  readGauge(registry, [read], {
    name: 'of',
    help: 'Of',
    labels: ['database'],
    addUp: 'max',
    rows: (n) => [[{ database: 'order' }, n] as const],
  });
  return state;
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('fifty scrapes at once, with two gauges each, are one statement', async () => {
  const database = bench();
  const scrapes = await Promise.all(Array.from({ length: 50 }, () => samplesOf(database.registry)));
  expect(database.asked).toBe(1);
  for (const samples of scrapes) {
    expect(samples).toEqual([
      'metrics_reads_total{database="order"} 1',
      'metrics_read_failures_total{database="order"} 0',
      'n 7',
      'of{database="order"} 7',
    ]);
  }
});

test('what a database does not say is absent, neither 0 nor NaN, and counted once; then it is asked again', async () => {
  const database = bench();
  await samplesOf(database.registry);
  await later(25);
  database.answer = async () => Promise.reject(new Error('the database is down'));
  await samplesOf(database.registry);
  expect(await samplesOf(database.registry)).not.toContainEqual(expect.stringMatching(/^(?:n|of)/u));
  database.answer = async () => 8;
  expect(await samplesOf(database.registry)).toEqual(expect.arrayContaining(['n 8', 'of{database="order"} 8']));
});

test('a database that does not answer holds no scrape up, and is not asked again meanwhile', async () => {
  const database = bench();
  let answered = (_n: number): void => {};
  database.answer = () => new Promise((resolve) => (answered = resolve));
  await samplesOf(database.registry);
  const late = await samplesOf(database.registry);
  expect(late).toContain('metrics_read_failures_total{database="order"} 1');
  expect(late.filter((line) => !line.startsWith('metrics_read'))).toEqual([]);
  expect(database.asked).toBe(1);
  answered(3);
  await later(25);
  database.answer = async () => 9;
  expect(await samplesOf(database.registry)).toContain('n 9');
  expect(database.asked).toBe(2);
});

test('series of versions that ended are dropped after a day, those of the own version stay', async () => {
  const registry = new Registry();
  let nowMs = 0;
  const versions = new RecentVersions('3', () => nowMs);
  const made: Counter<'version'> = counter(registry, {
    name: 'v_total',
    help: 'V',
    labels: { version: [] },
    collect: (): void => versions.dropOld(made),
  });
  for (const version of ['1', '2', '3']) {
    made.inc({ version });
    versions.counted({ version }, version);
  }
  nowMs += 80_000_000;
  versions.counted({ version: '2' }, '2');
  expect(await samplesOf(registry)).toHaveLength(3);
  nowMs += 10_000_000;
  expect(await samplesOf(registry)).toEqual(['v_total{version="2"} 1', 'v_total{version="3"} 1']);
});

test('the lag of the event loop is how late timers were since the last scrape, 0 when nothing held it up', async () => {
  const registry = new Registry();
  addEventLoopMetrics(registry);
  const shown = async () => {
    const metrics = await registry.getMetricsAsJSON();
    return Object.fromEntries(
      metrics.map(({ name, values }) => [name.replaceAll(/nodejs_eventloop_lag_|_seconds/gu, ''), values[0]!.value]),
    );
  };
  // the timer's first time is the beginning of what it counts
  await sleep(250);
  const until = performance.now() + 400;
  while (performance.now() < until);
  await sleep(150);
  const busy = await shown();
  expect(busy['max']).toBeGreaterThan(0.2);
  expect(busy['max']).toBeGreaterThanOrEqual(busy['p99']!);
  expect(busy['p99']).toBeGreaterThanOrEqual(busy['p50']!);
  expect(await shown()).toEqual({ p50: 0, p99: 0, max: 0 });
  // timers that are in time show as such, and not as late by the time between two
  let p50 = 1;
  for (let tries = 0; tries < 20 && p50 > 0.05; tries += 1) {
    await sleep(350);
    ({ p50 = 1 } = await shown());
  }
  expect(p50).toBeLessThanOrEqual(0.05);
});
