import type { UpFile } from './up-file.js';

/** What up.json says of a run in which every part is the process `pid`: for tests. */
export function exampleUpFile(runId: string, pid: number): UpFile {
  const processes = { metricsUrl: 'http://m/metrics', metricsUrls: ['http://m/metrics'], pids: [pid] };
  const service = { url: 'http://s', ...processes, databaseUrl: 'postgres://d' };
  return {
    runId,
    services: {
      order: service,
      inventory: service,
      payment: service,
      product: service,
      'outbox-worker': processes,
      reconciler: processes,
    },
    databases: { owner: '/o', app: '/a', relay: '/l', reader: '/r' },
    kafka: { brokers: ['k:1'], certificateBrokers: [], topicPrefix: 'r.' },
    redis: { url: 'redis://r', prefix: 'r:' },
    simulator: { url: 'http://sim' },
    tokens: { admin: 'a', customer: 'c' },
  };
}
