import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DASHBOARDS } from './dashboard-plans.js';
import { recordingGroups } from './recording-rules.js';
import { ALERTS } from './render-rules.js';

/** A query that somebody will run, and where it stands. */
export interface PlannedQuery {
  readonly where: string;
  readonly expr: string;
  /** why it may be empty when all is well */
  readonly emptyInHealth?: string;
}

/** The queries of all panels, with the variables filled in as Grafana does, of all rules, and of all runbooks. */
export async function plannedQueries(runbooks: string): Promise<PlannedQuery[]> {
  const panels = DASHBOARDS.flatMap(({ title, panels: plans }) =>
    plans.flatMap(({ title: panel, queries, emptyInHealth }) =>
      queries.map(({ expr }): PlannedQuery => ({
        where: `${title} / ${panel}`,
        expr: expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m'),
        ...(emptyInHealth === undefined ? {} : { emptyInHealth }),
      })),
    ),
  );
  const rules = recordingGroups.flatMap(({ rules: all }) =>
    all.map((rule): PlannedQuery => ({ where: 'record' in rule ? rule.record : rule.alert, expr: rule.expr })),
  );
  const alerts = ALERTS.map(({ alert, expr }) => ({ where: alert, expr, emptyInHealth: 'nothing is wrong' }));
  const pages = (await readdir(runbooks)).filter((name) => name.endsWith('.md'));
  const asked = await Promise.all(
    pages.map(async (name) =>
      [...(await readFile(join(runbooks, name), 'utf8')).matchAll(/^```promql\n(?<expr>[^`]+)```/gmu)].map(
        ({ groups }): PlannedQuery => ({
          where: `docs/runbooks/${name}`,
          expr: groups?.['expr'] ?? '',
          emptyInHealth: 'a runbook asks for what is wrong',
        }),
      ),
    ),
  );
  return [...panels, ...rules, ...alerts, ...asked.flat()];
}

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.string(), result: z.array(z.unknown()) }),
});

/**
 * Runs a query by the HTTP API of a Prometheus.
 * @returns how many series it gave
 * @throws Error with what Prometheus says of the query
 */
export async function seriesOf(prometheusUrl: string, expr: string): Promise<number> {
  const response = await fetch(new URL('/api/v1/query', prometheusUrl), {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${expr}: ${JSON.stringify(body)}`);
  return answerSchema.parse(body).data.result.length;
}
