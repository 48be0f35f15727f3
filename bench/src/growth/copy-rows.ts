import pg from 'pg';

/** How the copies of a table's rows are made. */
export interface CopiedTable {
  readonly name: string;
  /** the columns that the copies are written in the order of, after the number of the copy */
  readonly order: string;
  /** columns that stay as they are although ids or times are in them */
  readonly keep?: readonly string[];
  /** text columns in which the number of the copy is appended, so that they are unique */
  readonly numbered?: readonly string[];
  /** SQL of columns that are copied otherwise: `t` is the row, `c.n` the number of the copy, `c.shift` its distance in time, in ms */
  readonly as?: Readonly<Record<string, string>>;
  /** are the times those of the rows that are copied? Where only the latest are kept, they must be */
  readonly now?: boolean;
  /** SQL of the rows that are copied, a table in itself; by default all of the table */
  readonly from?: string;
}

/** Copies are numbered from 1, the oldest. */
export interface Copies {
  readonly count: number;
  /** of how many of them, the latest, what is only kept for a while is copied */
  readonly recent: number;
  /** how far the first and the last copy lie before the rows that they are made of, in ms */
  readonly firstShiftMs: number;
  readonly lastShiftMs: number;
}

/** An id of a copy: in the order of time as its original, if that has a time; the same in every database. */
const COPY_ID = `CREATE FUNCTION pg_temp.copy_id(id uuid, n int, shift bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT (CASE WHEN uuid_extract_version(id) = 7
  THEN lpad(to_hex(('x' || left(translate(id::text, '-', ''), 12))::bit(48)::bigint - shift), 12, '0') || right(left(translate(id::text, '-', ''), 20), 8)
  ELSE left(md5(n || id::text), 12) || right(left(translate(id::text, '-', ''), 20), 8) END || right(md5(id::text || n), 12))::uuid $$`;

const COLUMNS = `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
AND a.attidentity = '' AND a.attgenerated = '' ORDER BY a.attnum`;

const AT_A_TIME = 10;

/**
 * Copies rows of one database, many times each. No trigger or foreign key is looked at: the copies are as right as the rows
 * that they are made of. Ends with VACUUM ANALYZE and a checkpoint, as autovacuum and the checkpointer would have come by in a year.
 * @param url for a superuser
 * @param progress gets the number of copies made
 */
export async function copyRows(
  url: string,
  tables: readonly CopiedTable[],
  { count, recent, firstShiftMs, lastShiftMs }: Copies,
  after: readonly string[],
  progress: (made: number) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench-copies' });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica; SET synchronous_commit = off');
    await client.query(COPY_ID);
    const inserts = [];
    for (const table of tables) {
      // what is copied stays the same while copies are added
      await client.query(`CREATE TEMP TABLE copied_${table.name} AS ${table.from ?? `SELECT * FROM ${table.name}`}`);
      await client.query(`ANALYZE copied_${table.name}`);
      inserts.push({ insert: await insertOf(client, table), recently: table.now === true });
    }
    const step = count < 2 ? 0 : (firstShiftMs - lastShiftMs) / (count - 1);
    for (let first = 1; first <= count; first += AT_A_TIME) {
      const last = Math.min(count, first + AT_A_TIME - 1);
      for (const { insert, recently } of inserts) {
        const from = recently ? Math.max(first, count - recent + 1) : first;
        if (from <= last) await client.query(insert, [from, last, firstShiftMs, step]);
      }
      progress(last);
    }
    for (const statement of after) await client.query(statement);
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function insertOf(client: pg.Client, table: CopiedTable): Promise<string> {
  const { rows } = await client.query<{ name: string; type: string }>(COLUMNS, [table.name]);
  const value = ({ name, type }: { readonly name: string; readonly type: string }): string => {
    const own = table.as?.[name];
    if (own !== undefined) return own;
    const column = `t.${pg.escapeIdentifier(name)}`;
    if (table.numbered?.includes(name)) return `${column} || '-' || c.n`;
    if (table.keep?.includes(name)) return column;
    if (type === 'uuid') return `pg_temp.copy_id(${column}, c.n, ${table.now === true ? '0' : 'c.shift'})`;
    if (type === 'timestamp with time zone' && table.now !== true) {
      return `${column} - c.shift * interval '1 millisecond'`;
    }
    return column;
  };
  return `INSERT INTO ${table.name}(${rows.map(({ name }) => pg.escapeIdentifier(name)).join(', ')})
SELECT ${rows.map(value).join(', ')} FROM copied_${table.name} t
CROSS JOIN (SELECT n, round($3::float8 - (n - 1) * $4::float8)::bigint AS shift FROM generate_series($1::int, $2::int) n) c
ORDER BY c.n, ${table.order}`;
}
