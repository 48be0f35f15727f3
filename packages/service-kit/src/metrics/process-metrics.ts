import { collectDefaultMetrics, Registry } from 'prom-client';
import { helpOf, type AddUp } from './define.js';
import { addEventLoopMetrics } from './event-loop-metrics.js';

/**
 * Those of prom-client's own metrics that are shown. Left out are gauges whose names end in `_total`, which a name of a
 * gauge must not, the lag of the event loop, and series that nobody looks at.
 */
const PROCESS_METRICS: Readonly<Record<string, AddUp>> = {
  process_cpu_user_seconds_total: 'sum',
  process_cpu_system_seconds_total: 'sum',
  process_cpu_seconds_total: 'sum',
  process_start_time_seconds: 'each',
  process_resident_memory_bytes: 'sum',
  process_virtual_memory_bytes: 'sum',
  process_heap_bytes: 'sum',
  process_open_fds: 'sum',
  process_max_fds: 'each',
  nodejs_heap_size_total_bytes: 'sum',
  nodejs_heap_size_used_bytes: 'sum',
  nodejs_external_memory_bytes: 'sum',
  nodejs_gc_duration_seconds: 'sum',
};

/** A timer for the lag of the event loop, which is measured here with fewer. */
const NEVER_MS = 24 * 3_600_000;

/** Adds what Node and the operating system know of the process, without labels of its own. */
export function addProcessMetrics(registry: Registry): void {
  const all = new Registry();
  collectDefaultMetrics({ register: all, eventLoopMonitoringPrecision: NEVER_MS });
  addEventLoopMetrics(registry);
  for (const [name, addUp] of Object.entries(PROCESS_METRICS)) {
    const metric = all.getSingleMetric(name);
    // some are not there on every operating system
    if (metric === undefined) continue;
    const described = metric as unknown as { help: string; readonly labelNames: readonly string[] };
    described.help = helpOf(described.help.replace(/\.$/u, ''), described.labelNames, addUp);
    registry.registerMetric(metric);
  }
}
