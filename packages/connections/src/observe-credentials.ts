import { Counter, type Registry } from 'prom-client';
import { credentialReads, type CredentialReads } from './credential-reads.js';

interface Log {
  info(object: object, message: string): void;
  error(object: object, message: string): void;
}

/** Shows the reads of credentials' files as a metric, and logs once when one can no longer be used, and when it can again. */
export function observeCredentials(registry: Registry, log: Log, reads: CredentialReads = credentialReads): void {
  const counter = new Counter({
    name: 'credential_reads_total',
    help: 'Reads of files that hold credentials; outcome read or failed (labels: file, outcome; add up: sum)',
    labelNames: ['file', 'outcome'],
    registers: [registry],
    collect() {
      counter.reset();
      for (const { file, outcome, count } of reads.counts()) counter.inc({ file, outcome }, count);
    },
  });
  reads.listen({
    broken: (file, reason) => log.error({ file, reason }, 'a credential cannot be used: the last good one is kept'),
    usable: (file) => log.info({ file }, 'a credential can be used again'),
  });
}
