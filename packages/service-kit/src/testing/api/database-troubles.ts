import pg from 'pg';
import type { TestService } from '../test-service.js';

/** What a session of the service waits for a lock when its tables are locked: not long. */
const LOCK_TIMEOUT = '100ms';

async function withClient<T>(service: TestService, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs `work` while another request with this Idempotency-Key is under way, for all that the service can see. */
export function whileKeyIsTaken<T>(
  service: TestService,
  scope: { readonly principal: string; readonly route: string; readonly key: string },
  work: () => Promise<T>,
): Promise<T> {
  return withClient(service, async (client) => {
    const { principal, route, key } = scope;
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [[principal, route, key].join('\n')]);
    return work();
  });
}

/** Runs `work` on a replica that waits for no lock for long, while somebody has a lock on every table and keeps it. */
export function whileLocked(service: TestService, work: (replica: TestService) => Promise<void>): Promise<void> {
  return withClient(service, async (client) => {
    const database = pg.escapeIdentifier(client.database ?? '');
    const { rows } = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
    );
    await client.query(`ALTER DATABASE ${database} SET lock_timeout = '${LOCK_TIMEOUT}'`);
    try {
      const replica = await service.replica({ LOG_LEVEL: 'silent' });
      await client.query(`BEGIN; LOCK TABLE ${rows.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`);
      await work(replica);
    } finally {
      await client.query('ROLLBACK');
      await client.query(`ALTER DATABASE ${database} RESET lock_timeout`);
    }
  });
}

/** Runs `work` on a replica while its tables are not where they were. */
export function withoutTables(service: TestService, work: (replica: TestService) => Promise<void>): Promise<void> {
  return withClient(service, async (client) => {
    const replica = await service.replica({ LOG_LEVEL: 'silent' });
    await client.query('ALTER SCHEMA public RENAME TO elsewhere');
    try {
      await work(replica);
    } finally {
      await client.query('ALTER SCHEMA elsewhere RENAME TO public');
    }
  });
}
