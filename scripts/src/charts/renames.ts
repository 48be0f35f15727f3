import type { Chart } from './values-schema.js';

/** A value that has another name now. The old name works, with a warning, until `until` is released. */
export interface Rename {
  readonly chart: Chart;
  /** the path that it had: `database.secret` */
  readonly from: string;
  /** the path that it has: `database.existingSecret` */
  readonly to: string;
  /** the first version that does not know the old name: the next minor */
  readonly until: string;
}

/** The renamed values of this version. An entry goes when its `until` is released. */
export const RENAMES: readonly Rename[] = [];

/** The text of charts/common/templates/_renames.tpl, which _renamed.tpl works by. */
export function renamesTemplate(renames: readonly Rename[]): string {
  const lines = renames.map(
    ({ chart, from, to, until }) => `- { chart: ${chart}, from: ${from}, to: ${to}, until: ${until} }`,
  );
  return `{{/* Made of scripts/src/charts/renames.ts by \`npm run charts\`. */}}\n{{- define "outrider.renames" -}}\n${lines.length === 0 ? '[]' : lines.join('\n')}\n{{- end -}}\n`;
}

interface JsonSchema {
  properties?: Record<string, unknown>;
  [key: string]: unknown;
}

/** The schema with the old names, each of the type that its new name has. @throws Error when a path is not in the schema */
export function withRenamed(schema: object, chart: Chart, renames: readonly Rename[]): object {
  const all = structuredClone(schema) as JsonSchema;
  for (const { from, to } of renames.filter((rename) => rename.chart === chart)) {
    const named = to.split('.').reduce<JsonSchema>((at, key) => propertiesOf(at, to)[key] as JsonSchema, all);
    const path = from.split('.');
    const last = path.pop() ?? '';
    const holder = path.reduce<JsonSchema>((at, key) => {
      const properties = propertiesOf(at, from);
      properties[key] ??= { type: 'object', properties: {}, additionalProperties: false };
      return properties[key] as JsonSchema;
    }, all);
    propertiesOf(holder, from)[last] = { ...named, deprecated: true };
  }
  return all;
}

function propertiesOf(schema: JsonSchema | undefined, path: string): Record<string, unknown> {
  if (schema?.properties === undefined) throw new Error(`${path} is not in the schema`);
  return schema.properties;
}
