import {
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { stringify } from 'yaml';
import { DASHBOARDS } from './dashboard-plans.js';
import type { DashboardPlan, PanelPlan } from './panel.js';
import { HEADER, RUNBOOKS } from './render-rules.js';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

function panelOf(plan: PanelPlan): PanelBuilder {
  const { title, description, unit, queries, span = 8, runbook } = plan;
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .span(span)
    .height(8)
    .datasource(DATASOURCE)
    .targets(
      queries.map(({ expr, legend }, index) =>
        new DataqueryBuilder()
          .refId(String.fromCodePoint(65 + index))
          .datasource(DATASOURCE)
          .expr(expr)
          .legendFormat(legend)
          .range(),
      ),
    );
  if (runbook === undefined) return panel;
  const link = new DashboardLinkBuilder(`Runbook: ${runbook}`)
    .type(DashboardLinkType.Link)
    .url(`${RUNBOOKS}/${runbook}.md`)
    .targetBlank(true);
  return panel.links([link]);
}

/** A dashboard as Grafana imports it. */
export function dashboardOf({ uid, title, description, panels }: DashboardPlan): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['outrider'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('namespace')
        .label('Namespace')
        .datasource(DATASOURCE)
        .query('label_values(outrider_build_info, namespace)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        // a Prometheus outside of a cluster has no such label, and .* matches its absence
        .includeAll(true)
        .allValue('.*')
        .current({ text: 'All', value: '$__all' }),
    )
    .link(
      new DashboardLinkBuilder('Outrider')
        .type(DashboardLinkType.Dashboards)
        .tags(['outrider'])
        .keepTime(true)
        .includeVars(true),
    );
  for (const plan of panels) builder.withPanel(panelOf(plan));
  return builder.build();
}

const jsonOf = (plan: DashboardPlan): string => `${JSON.stringify(dashboardOf(plan), undefined, 2)}\n`;

/** dashboards/<uid>.json for import, and a file of ConfigMaps that the sidecar of Grafana's chart takes. */
export function dashboardFiles(): Record<string, string> {
  const maps = DASHBOARDS.map((plan) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: plan.uid,
      labels: { grafana_dashboard: '1', 'app.kubernetes.io/part-of': 'outrider' },
      annotations: { grafana_folder: 'Outrider' },
    },
    data: { [`${plan.uid}.json`]: jsonOf(plan) },
  }));
  return {
    ...Object.fromEntries(DASHBOARDS.map((plan) => [`dashboards/${plan.uid}.json`, jsonOf(plan)])),
    'dashboards.yaml': HEADER + maps.map((map) => stringify(map, { lineWidth: 0 })).join('---\n'),
  };
}
