/** A panel of a dashboard as plain data. In queries, NS stands for the filter by the chosen namespace. */
export interface PanelPlan {
  readonly title: string;
  readonly description: string;
  /** a unit of Grafana's: s, short, percentunit, reqps, … */
  readonly unit: string;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  /** of 24 columns; 8 unless told */
  readonly span?: number;
  /** the alert whose runbook says what to do when it looks bad */
  readonly runbook?: string;
}

export interface DashboardPlan {
  /** never changes: links lead to it */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelPlan[];
}

export const NS = 'namespace=~"$namespace"';

/** One query. */
export const one = (expr: string, legend: string): PanelPlan['queries'] => [{ expr, legend }];

/** A quantile of a histogram, by labels. */
export function quantile(q: number, metric: string, by: string, filter = ''): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${metric}_bucket{${NS}${filter}}[$__rate_interval])))`;
}
