import { Counter, type Registry } from 'prom-client';
import type { StockMeter } from './stock-cache/stock-levels.js';

/** How often stock was in Redis, and how often the database was asked. */
export function stockMetrics(registry: Registry): StockMeter {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  const hits = counter('product_cache_hits_total', 'Products whose stock was found in Redis');
  const misses = counter('product_cache_misses_total', 'Products whose stock was not found in Redis, or not in time');
  const rebuilds = counter(
    'product_cache_rebuilds_total',
    'Products whose stock was read from the database for a miss',
  );
  return {
    hits: (products) => hits.inc(products),
    misses: (products) => misses.inc(products),
    rebuilds: (products) => rebuilds.inc(products),
  };
}
