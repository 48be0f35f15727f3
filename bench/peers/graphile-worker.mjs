// graphile-worker with the settings of its page on performance (local queue, completion in batches), and more jobs at
// once than there, because each waits for Kafka. It has no batches of jobs; that jobs at hand share a request to Kafka is
// the bench's kindness, variant `single` does without. Ordered: jobs of one named queue run one after the other; its
// documentation warns of many queues, so there is one for each of 64 shards of the keys.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { serve } from './common.mjs';

const SHARDS = 64;
const UNORDERED = { concurrentJobs: 500, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
// With a local queue a fetch brings one job of each named queue, and the next waits for the poll: 13 events/s instead of 760; 8 and 64 jobs at once
// are slower than 24.
const ORDERED = { concurrentJobs: 24, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const quiet = { error: console.error, warn: console.error, info: () => undefined, debug: () => undefined };

let runner;
let ordered = false;

serve({
  async start(config, sender) {
    ordered = config.ordered;
    const logger = new Logger(() => (level, message) => quiet[level]?.(message));
    const utils = await makeWorkerUtils({ connectionString: config.databaseUrl, logger });
    await utils.migrate();
    await utils.release();
    runner = await run({
      taskList: { publish: (event) => (config.variant === 'single' ? sender.sendAll([event]) : sender.send(event)) },
      noHandleSignals: true,
      preset: {
        worker: {
          connectionString: config.databaseUrl,
          logger,
          maxPoolSize: 10,
          ...(ordered ? ORDERED : UNORDERED),
        },
      },
    });
  },

  async insert(client, events) {
    const specs = events.map((event) => ({
      identifier: 'publish',
      payload: event,
      queue_name: ordered ? `shard-${shardOf(event.key)}` : null,
    }));
    await client.query(
      'select count(*) from graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))',
      [JSON.stringify(specs)],
    );
  },

  async unfinished(client) {
    return (await client.query('select 1 from graphile_worker._private_jobs limit 1')).rows.length > 0;
  },

  async stop() {
    await runner?.stop();
  },
});

function shardOf(key) {
  let hash = 0;
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % SHARDS;
}
