import { Registry } from 'prom-client';
import { RELEASE } from '../release.js';
import { gauge } from './define.js';
import { addProcessMetrics } from './process-metrics.js';
import { addSpanMetrics } from './span-metrics.js';

/** What a process shows at `/metrics`. */
export interface Metrics {
  readonly registry: Registry;
  /** the running version, as events and sagas carry it */
  readonly version: string;
}

/**
 * The metrics of a process: Node's own and which build it is. Without labels that the scrape adds by itself: job, instance,
 * and in a cluster namespace, pod and service.
 * @param version APP_VERSION: names one roll-out
 */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  addSpanMetrics(registry);
  gauge(registry, {
    name: 'outrider_build_info',
    help: 'Always 1; version is that of the program, revision the roll-out as APP_VERSION names it, node that of Node',
    labels: { version: [RELEASE], revision: [version], node: [process.versions.node] },
    addUp: 'each',
  }).set({ version: RELEASE, revision: version, node: process.versions.node }, 1);
  return { registry, version };
}
