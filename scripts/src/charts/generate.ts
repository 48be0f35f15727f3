import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, isMap, isScalar, type Pair } from 'yaml';
import { z } from 'zod';
import { withRenamed, type Rename } from './renames.js';
import { CHARTS, type Chart } from './values-schema.js';

/** The names of the charts that have values. */
export const CHART_NAMES = Object.keys(CHARTS) as readonly Chart[];

/** The text of a chart's values.schema.json: its values, and for one minor version the names that they had before. */
export function schemaText(chart: Chart, renames: readonly Rename[]): string {
  const schema = z.toJSONSchema(CHARTS[chart].extend({ common: z.looseObject({}).optional() }), {
    target: 'draft-7',
    io: 'input',
  });
  return `${JSON.stringify(withRenamed(schema, chart, renames), null, 2)}\n`;
}

interface Row {
  readonly key: string;
  readonly value: string;
  readonly what: string;
}

/** The rows of a chart's table: each value that has a comment `# -- …`, with its default. */
export function valueRows(text: string): Row[] {
  const rows: Row[] = [];
  const walk = (pairs: readonly Pair[], prefix: string): void => {
    for (const pair of pairs) {
      if (!isScalar(pair.key)) continue;
      const key = `${prefix}${String(pair.key.value)}`;
      const what = /(?:^|\n) -- (?<what>[^\n]*)$/u.exec(pair.key.commentBefore ?? '')?.groups?.['what'];
      if (what !== undefined) rows.push({ key, value: JSON.stringify(toJson(pair.value)), what });
      else if (isMap(pair.value)) walk(commented(pair.value.items, pair.value.commentBefore), `${key}.`);
    }
  };
  const { contents, commentBefore } = parseDocument(text);
  if (isMap(contents)) walk(commented(contents.items, contents.commentBefore ?? commentBefore), '');
  return rows;
}

/** The parser gives the comment above a map's first key to the map. */
function commented(items: readonly Pair[], comment: string | null | undefined): readonly Pair[] {
  const [first] = items;
  if (comment !== undefined && comment !== null && first !== undefined && isScalar(first.key)) {
    first.key.commentBefore ??= comment;
  }
  return items;
}

function toJson(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
    ? value.toJSON()
    : value;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The text of a chart's README.md: its introduction, and a table of its values made of the comments in values.yaml. */
export async function readmeText(charts: string, chart: Chart): Promise<string> {
  const [introduction, values] = await Promise.all(
    ['README.intro.txt', 'values.yaml'].map((file) => readFile(join(charts, chart, file), 'utf8')),
  );
  const rows = valueRows(values ?? '').map(
    ({ key, value, what }) => `| \`${key}\` | \`${cell(value)}\` | ${cell(what)} |`,
  );
  return `${introduction ?? ''}\n## Values\n\n| value | default | |\n|---|---|---|\n${rows.join('\n')}\n`;
}
