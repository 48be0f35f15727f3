import { z } from 'zod';
import { logLevel, topicPrefix } from '../config/index.js';
import { kafkaSettings, postgresSettings } from '@outrider/connections';

const copies = z.coerce.number('must be a whole number').int().min(1).max(100).optional();

// as PostgreSQL cuts names off
const roleName = z.string().max(63, 'must be the name of a role: 63 bytes at the most').optional();

/** The settings of `migrate`, by the names of their environment variables. Those of the service itself are not read. */
const migrateSettings = z
  .object({
    DATABASE: postgresSettings,
    /** DATABASE leads through a transaction pooler */
    DATABASE_POOLED: z.stringbool().default(false),
    KAFKA: kafkaSettings,
    KAFKA_TOPIC_PREFIX: topicPrefix,
    /** create: topics that are missing are created; verify: topics are somebody else's, and must be as they are wanted */
    KAFKA_TOPICS: z.enum(['create', 'verify'], 'must be create or verify').default('create'),
    /** copies of each partition; unset: 3 where there are three brokers or more, else 1 */
    KAFKA_REPLICATION: copies,
    /** copies that must have an event before it counts as written; unset: one fewer than there are */
    KAFKA_MIN_INSYNC: copies,
    /** how long servers that are not up yet are waited for, in milliseconds; 0: not at all */
    MIGRATE_WAIT_MS: z.coerce.number('must be a number of milliseconds').int().min(0).max(86_400_000).default(120_000),
    /** names of the roles that are given what they need in the database: of the service, of the relay, of who only reads */
    APP_ROLE: roleName,
    RELAY_ROLE: roleName,
    READER_ROLE: roleName,
    LOG_LEVEL: logLevel,
  })
  .refine(
    ({ KAFKA_REPLICATION: all, KAFKA_MIN_INSYNC: least }) => all === undefined || least === undefined || least <= all,
    { path: ['KAFKA_MIN_INSYNC'], message: 'must not be more than KAFKA_REPLICATION' },
  );

export { migrateSettings };
export type MigrateConfig = z.infer<typeof migrateSettings>;
