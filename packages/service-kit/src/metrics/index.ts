export * from './create-metrics.js';
export { counter, gauge, histogram, LATENCY_BUCKETS, type AddUp, type Definition } from './define.js';
export * from './readings.js';
export * from './recent-versions.js';
export { daysMetrics, lagMetrics } from './outbox-metrics.js';
