import type { PrometheusApi } from './prometheus-api.js';

/**
 * Of a data source that says nothing of how often it scrapes, Grafana takes 15 s; $__rate_interval is four times that, as
 * long as a panel's steps are not wider than three scrapes.
 */
const RATE_INTERVAL = '1m';

/** What the variable $namespace may be: every namespace that there is, and All, which Grafana fills in as the pattern for everything. */
export async function namespaces(prometheus: PrometheusApi): Promise<readonly string[]> {
  return ['.*', ...(await prometheus.labelValues('namespace', 'outrider_build_info'))];
}

/** A panel's query with the variables filled in as Grafana does. */
export function fillIn(expr: string, namespace: string): string {
  return expr.replaceAll('$namespace', namespace).replaceAll('$__rate_interval', RATE_INTERVAL);
}
