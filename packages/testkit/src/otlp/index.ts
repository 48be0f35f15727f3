export { startCollector, type Collector, type CollectedSpan } from './collector.js';
export { traceText } from './trace-text.js';
