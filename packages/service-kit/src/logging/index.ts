import { pino, type DestinationStream, type Logger } from 'pino';
import { withTraceFields } from '../tracing/index.js';
import { redact } from './redact.js';

export type { Logger } from 'pino';
export { redact } from './redact.js';

/** One JSON line per event on stdout, without secrets that were logged by accident. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    formatters: { level: (label: string) => ({ level: label }), log: withTraceFields },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
