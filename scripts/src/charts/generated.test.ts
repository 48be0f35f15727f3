import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../run/project.js';
import { CRD_TEMPLATES } from './crd-templates.js';
import { CHART_NAMES, readmeText, schemaText, valueRows } from './generate.js';
import { RENAMES, renamesTemplate } from './renames.js';
import { SAMPLES } from './samples.js';
import { CHARTS } from './values-schema.js';

const charts = join(PROJECT_ROOT, 'charts');
const read = (...path: string[]) => readFile(join(charts, ...path), 'utf8');
const valuesOf = async (chart: string) => parse(await read(chart, 'values.yaml')) as Record<string, unknown>;

describe.each(CHART_NAMES)('the chart %s', (chart) => {
  test('has the schema and the README that `npm run charts` makes', async () => {
    expect(await read(chart, 'values.schema.json')).toBe(schemaText(chart, RENAMES));
    expect(await read(chart, 'README.md')).toBe(await readmeText(charts, chart));
  });

  test('has defaults that its schema allows, each with a comment', async () => {
    const values = await valuesOf(chart);
    CHARTS[chart].parse(values);
    const described = new Set(valueRows(await read(chart, 'values.yaml')).map(({ key }) => key));
    const bare = leaves(values).filter(
      (key) => ![...described].some((one) => key === one || key.startsWith(`${one}.`)),
    );
    // what the parts of the installation may say is in their own charts' tables
    expect(bare).toEqual(chart === 'outrider' ? ['order', 'inventory', 'payment', 'product', 'outbox-worker'] : []);
  });

  test('has the same `global` as the others, and one version with them', async () => {
    // the operator is a release of its own, which has to do with neither databases nor brokers
    if (chart !== 'operator') expect((await valuesOf(chart))['global']).toEqual((await valuesOf('service'))['global']);
    const { version } = JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
    for (const name of [chart, 'common']) {
      const about = parse(await read(name, 'Chart.yaml')) as {
        version: string;
        appVersion: string;
        dependencies?: readonly { version: string }[];
      };
      expect([about.version, about.appVersion]).toEqual([version, version]);
      for (const dependency of about.dependencies ?? []) expect(dependency.version).toBe(version);
    }
  });
});

test('the renamed values that templates know are those of renames.ts', async () => {
  expect(await read('common/templates/_renames.tpl')).toBe(renamesTemplate(RENAMES));
});

test.each(Object.entries(CRD_TEMPLATES))('the template %s is current', async (file, text) => {
  expect(await read('operator/templates', file)).toBe(text());
});

test.each(Object.entries(SAMPLES))('the sample %s is current', async (file, text) => {
  expect(await read('outrider/examples/manifests', file)).toBe(text());
});

/** The paths of what is not a map, or an empty one. */
function leaves(value: unknown, path = ''): string[] {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}
