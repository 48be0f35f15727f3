import { counter } from '@outrider/service-kit/metrics';
import type { Registry } from 'prom-client';
import type { StockMeter } from './stock-cache/stock-levels.js';

/** How often stock was in Redis, and how often the database was asked. */
export function stockMetrics(registry: Registry): StockMeter {
  const count = (name: string, help: string) => counter(registry, { name, help });
  const hits = count('product_cache_hits_total', 'Products whose stock was found in Redis');
  const misses = count('product_cache_misses_total', 'Products whose stock was not found in Redis, or not in time');
  const rebuilds = count('product_cache_rebuilds_total', 'Products whose stock was read from the database for a miss');
  return {
    hits: (products) => hits.inc(products),
    misses: (products) => misses.inc(products),
    rebuilds: (products) => rebuilds.inc(products),
  };
}
