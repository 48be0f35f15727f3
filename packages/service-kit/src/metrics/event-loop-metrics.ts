import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { gauge } from './define.js';

/** A timer that goes off each 10 ms, as prom-client has one, takes a process that does nothing a quarter of a per cent of a core. */
const EVERY_MS = 100;
const NS_PER_S = 1e9;

type Lag = ReturnType<typeof monitorEventLoopDelay>;

const SHOWN = {
  nodejs_eventloop_lag_p50_seconds: [
    'How late timers were since the last scrape, the 50th percentile',
    (lag) => lag.percentile(50),
  ],
  nodejs_eventloop_lag_p99_seconds: [
    'How late timers were since the last scrape, the 99th percentile',
    (lag) => lag.percentile(99),
  ],
  nodejs_eventloop_lag_max_seconds: ['How late timers were since the last scrape, the latest', (lag) => lag.max],
} as const satisfies Record<string, readonly [help: string, nanosOf: (lag: Lag) => number]>;

/** Adds how late timers go off, of ten a second: 0 where nothing holds the event loop up. */
export function addEventLoopMetrics(registry: Registry): void {
  const lag = monitorEventLoopDelay({ resolution: EVERY_MS });
  lag.enable();
  for (const [index, [name, [help, nanosOf]]] of Object.entries(SHOWN).entries()) {
    const shown = gauge(registry, {
      name,
      help,
      addUp: 'each',
      collect() {
        // Node counts from one timer to the next
        shown.set(lag.count === 0 ? 0 : Math.max(0, nanosOf(lag) / NS_PER_S - EVERY_MS / 1_000));
        // they are collected in the order in which they were made
        if (index === Object.keys(SHOWN).length - 1) lag.reset();
      },
    });
  }
}
