// pg-transactional-outbox, by polling or by logical replication (variant `replication`), with batches larger than its
// defaults. Ordered: a segment for each key, handled one after the other.
import outbox from 'pg-transactional-outbox';
import pg from 'pg';
import { serve } from './common.mjs';

const {
  createReplicationSegmentMutexConcurrencyController,
  createReplicationSemaphoreConcurrencyController,
  DatabaseSetup,
  getDisabledLogger,
  initializePollingMessageListener,
  initializeReplicationMessageListener,
} = outbox;

// Polling, its default of 5 is the quickest for segments, and 20 for parallel messages; 100 and 500 are slower.
const POLLED = { sequential: 5, parallel: 20 };
const REPLICATED_AT_ONCE = 100;
const CONNECTIONS = 105;
const FUNCTION = 'next_outbox_messages';
const SCHEMA = 'public';
const TABLE = 'outbox';
let shutdown;
let ordered = false;
let slot;
let admin;

serve({
  async start(config, sender) {
    ordered = config.ordered;
    const replicates = config.variant === 'replication';
    admin = new pg.Client({ connectionString: config.databaseUrl });
    await admin.connect();
    const { rows } = await admin.query('select current_user as role, current_database() as database');
    const [{ role, database }] = rows;
    slot = `${database}_slot`;
    const setup = {
      outboxOrInbox: 'outbox',
      database,
      schema: SCHEMA,
      table: TABLE,
      listenerRole: role,
      nextMessagesName: FUNCTION,
      publication: 'outbox_publication',
      replicationSlot: slot,
    };
    await admin.query(DatabaseSetup.dropAndCreateTable(setup));
    const handler = {
      handle: (message) => sender.send({ id: message.id, key: message.aggregateId, payload: message.payload }),
    };
    const url = new URL(config.databaseUrl);
    const dbListenerConfig = {
      host: url.hostname,
      port: Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
      max: CONNECTIONS,
    };
    const base = {
      dbSchema: SCHEMA,
      dbTable: TABLE,
      enableMaxAttemptsProtection: false,
      enablePoisonousMessageProtection: false,
    };
    const logger = getDisabledLogger();
    if (replicates) {
      await admin.query(DatabaseSetup.setupReplicationCore(setup));
      await admin.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
      [shutdown] = initializeReplicationMessageListener(
        {
          outboxOrInbox: 'outbox',
          dbListenerConfig,
          settings: { ...base, dbPublication: 'outbox_publication', dbReplicationSlot: slot },
        },
        handler,
        logger,
        {
          concurrencyStrategy: ordered
            ? createReplicationSegmentMutexConcurrencyController()
            : createReplicationSemaphoreConcurrencyController(REPLICATED_AT_ONCE),
        },
      );
    } else {
      slot = undefined;
      const polled = ordered ? POLLED.sequential : POLLED.parallel;
      await admin.query(DatabaseSetup.createPollingFunction(setup));
      await admin.query(DatabaseSetup.setupPollingIndexes(setup));
      [shutdown] = initializePollingMessageListener(
        {
          outboxOrInbox: 'outbox',
          dbListenerConfig,
          settings: {
            ...base,
            nextMessagesFunctionName: FUNCTION,
            nextMessagesBatchSize: polled,
            nextMessagesPollingIntervalInMs: 20,
          },
        },
        handler,
        logger,
        { batchSizeStrategy: () => Promise.resolve(polled) },
      );
    }
  },

  async insert(client, events) {
    await client.query(
      `insert into ${SCHEMA}.${TABLE} (id, aggregate_type, aggregate_id, message_type, segment, concurrency, payload)
       select (e->>'id')::uuid, 'thing', e->>'key', 'MEASURED', e->>'key', $2, e->'payload' from json_array_elements($1::json) e`,
      [JSON.stringify(events), ordered ? 'sequential' : 'parallel'],
    );
  },

  async unfinished(client) {
    return (await client.query(`select 1 from ${SCHEMA}.${TABLE} where processed_at is null limit 1`)).rows.length > 0;
  },

  async stop() {
    await shutdown?.();
    if (slot !== undefined) await admin.query('select pg_drop_replication_slot($1)', [slot]);
    await admin?.end();
  },
});
