import { PROCESSES } from './release.js';

/** So that within a test every connection is made again, by the credentials of then, ms. */
export const CONNECTION_MAX_AGE_MS = 30_000;

/** Values of the chart by which it is so. */
export const CONNECTIONS_END: readonly string[] = PROCESSES.map(
  (name) => `--set-string=${name}.settings.CONNECTION_MAX_AGE_MS=${CONNECTION_MAX_AGE_MS}`,
);
