import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { alertGroups } from './alerts.js';
import { DASHBOARDS } from './dashboard-plans.js';
import { operatorAlerts } from './operator-alerts.js';
import { recordingGroups } from './recording-rules.js';

/** A query that somebody will run, and where it stands. */
export interface PlannedQuery {
  readonly where: string;
  readonly expr: string;
}

/** The queries of all panels, with the variables of dashboards in them. */
export function panelQueries(): readonly PlannedQuery[] {
  return DASHBOARDS.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ where: `${title} / ${panel.title}`, expr }))),
  );
}

/** The queries of all recording rules. */
export function recordingQueries(): readonly PlannedQuery[] {
  return recordingGroups.flatMap(({ rules }) =>
    rules.flatMap((rule) => ('record' in rule ? [{ where: rule.record, expr: rule.expr }] : [])),
  );
}

/** The conditions of all alerts: they give nothing as long as nothing is wrong. */
export function alertQueries(): readonly PlannedQuery[] {
  return alertGroups.flatMap(({ rules }) =>
    rules.flatMap((rule) => ('alert' in rule ? [{ where: rule.alert, expr: rule.expr }] : [])),
  );
}

const OPERATOR_PAGES: ReadonlySet<string> = new Set(operatorAlerts.map(({ alert }) => `${alert}.md`));

/** The queries of all runbooks about an installation. @param folder docs/runbooks */
export async function runbookQueries(folder: string): Promise<readonly PlannedQuery[]> {
  const pages = (await readdir(folder)).filter((name) => name.startsWith('Outrider') && !OPERATOR_PAGES.has(name));
  return queriesOf(folder, pages);
}

/** The queries of all alerts and runbooks about the operator, which is not a part of every installation. */
export async function operatorQueries(folder: string): Promise<readonly PlannedQuery[]> {
  const alerts = operatorAlerts.map(({ alert, expr }) => ({ where: alert, expr }));
  return [...alerts, ...(await queriesOf(folder, [...OPERATOR_PAGES]))];
}

/** What a sample in charts/outrider/examples/manifests is run in: it names the namespace, and the revision as its tool fills it in. */
export interface SampleSurroundings {
  readonly namespace: string;
  readonly revision: string;
}

/** The queries of the manifests by which Argo Rollouts and KEDA judge and scale. @param folder of the manifests */
export async function sampleQueries(
  folder: string,
  { namespace, revision }: SampleSurroundings,
): Promise<readonly PlannedQuery[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const found = await Promise.all(
    files.map(async (file) => {
      const objects = parseAllDocuments(await readFile(join(folder, file), 'utf8')).map((one) => one.toJS() as unknown);
      return textsNamed('query', objects).map((expr) => ({ where: file, expr }));
    }),
  );
  return found.flat().map(({ where, expr }) => ({
    where,
    expr: expr.replaceAll('{{args.revision}}', revision).replaceAll('namespace="shop"', `namespace="${namespace}"`),
  }));
}

function textsNamed(name: string, node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === name && typeof value === 'string' ? [value] : textsNamed(name, value),
  );
}

async function queriesOf(folder: string, pages: readonly string[]): Promise<readonly PlannedQuery[]> {
  const asked = await Promise.all(
    pages.map(async (name) =>
      [...(await readFile(join(folder, name), 'utf8')).matchAll(/^```promql\n(?<expr>[^`]+)```/gmu)].map(
        ({ groups }): PlannedQuery => ({ where: `docs/runbooks/${name}`, expr: groups?.['expr']?.trim() ?? '' }),
      ),
    ),
  );
  return asked.flat();
}

const WORDS = new Set(['by', 'on', 'and', 'or', 'unless', 'group_left', 'group_right', 'bool', 'without', 'ignoring']);

/**
 * The series that a query reads, each with its filter: a metric or a label that does not exist shows there, where the
 * query's own condition would hide it.
 */
export function selectorsOf(expr: string): readonly string[] {
  const plain = expr
    .replaceAll(/\[[^\]]*\]/gu, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/gu, ' ');
  return [
    ...new Set(
      [...plain.matchAll(/(?<![\w:.])(?<name>[a-zA-Z_:][\w:]*)(?<filter>\{[^}]*\})?(?<call>\s*\()?/gu)].flatMap(
        ({ groups }) => {
          const { name = '', filter = '', call } = groups ?? {};
          return call !== undefined || WORDS.has(name) ? [] : [`${name}${filter}`];
        },
      ),
    ),
  ];
}
