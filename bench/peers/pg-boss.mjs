// pg-boss with what its documentation offers for throughput: batches, LISTEN, fetching without a pause while batches
// come back full. One worker with batches of 500 is the quickest here: larger batches, and more workers, are slower. Ordered: policy key_strict_fifo, one job of a key at a time.
import { PgBoss } from 'pg-boss';
import { serve } from './common.mjs';

const QUEUE = 'events';
let boss;
let ordered = false;

serve({
  async start(config, sender) {
    ordered = config.ordered;
    boss = new PgBoss({ connectionString: config.databaseUrl, max: 10, useListenNotify: true, schedule: false });
    boss.on('error', (error) => console.error(String(error)));
    await boss.start();
    await boss.createQueue(QUEUE, { notify: true, ...(ordered ? { policy: 'key_strict_fifo' } : {}) });
    await boss.work(
      QUEUE,
      {
        batchSize: 500,
        localConcurrency: 1,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 0.5,
      },
      (jobs) => sender.sendAll(jobs.map(({ data }) => data)),
    );
  },

  async insert(client, events) {
    const db = { executeSql: (text, values) => client.query(text, values) };
    await boss.insert(
      QUEUE,
      events.map((event) => ({ data: event, ...(ordered ? { singletonKey: event.key } : {}) })),
      { db },
    );
  },

  async unfinished(client) {
    const { rows } = await client.query("select 1 from pgboss.job where name = $1 and state < 'completed' limit 1", [
      QUEUE,
    ]);
    return rows.length > 0;
  },

  async stop() {
    await boss?.stop({ graceful: false });
  },
});
