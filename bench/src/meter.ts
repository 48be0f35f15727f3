import { readFile } from 'node:fs/promises';
import pg from 'pg';

const LOOK_EVERY_MS = 100;
const NS_PER_MICRO = 1_000;

/** What a database did in a span of time. */
export interface Spent {
  /** CPU of its backends, autovacuum's too; undefined where their processes cannot be seen from here */
  readonly cpuMicros: number | undefined;
  /** of the whole server */
  readonly walBytes: number;
}

/** Measures what a database costs its server. */
export class DatabaseMeter {
  #cpuNs = new Map<number, { readonly first: number; last: number }>();
  #walAt = '0/0';
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: pg.Client,
    private readonly database: string,
    private readonly seesProcesses: boolean,
  ) {}

  /** @param adminUrl to another database of the same server, so that the meter does not measure itself */
  static async open(adminUrl: string, database: string): Promise<DatabaseMeter> {
    const client = new pg.Client({ connectionString: adminUrl, application_name: 'bench-meter' });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new DatabaseMeter(client, database, await isPostgres(rows[0]?.pid ?? 0));
  }

  async start(): Promise<void> {
    this.#cpuNs = new Map();
    this.#walAt = await this.#wal();
    await this.#look(true);
    // A backend that ends takes its figures with it: what was seen last counts.
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look(false));
      // told by stop; a bench that is interrupted closes the meter instead
      this.#looking.catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<Spent> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#look(false);
    const { rows } = await this.client.query<{ bytes: string }>(
      'select pg_current_wal_insert_lsn() - $1::pg_lsn as bytes',
      [this.#walAt],
    );
    const cpuNs = [...this.#cpuNs.values()].reduce((sum, { first, last }) => sum + last - first, 0);
    return {
      cpuMicros: this.seesProcesses ? cpuNs / NS_PER_MICRO : undefined,
      walBytes: Number(rows[0]?.bytes ?? 0),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.client.end();
  }

  async #wal(): Promise<string> {
    const { rows } = await this.client.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return rows[0]?.lsn ?? '0/0';
  }

  /** @param begins backends that are there now have done their work so far before the span */
  async #look(begins: boolean): Promise<void> {
    if (!this.seesProcesses) return;
    const { rows } = await this.client.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
      this.database,
    ]);
    for (const { pid } of rows) {
      const ns = await cpuNsOf(pid);
      if (ns === undefined) continue;
      const known = this.#cpuNs.get(pid);
      if (known === undefined) this.#cpuNs.set(pid, { first: begins ? ns : 0, last: ns });
      else known.last = ns;
    }
  }
}

/** Time on a CPU that a process has had so far, its main thread's; undefined when it is gone. */
async function cpuNsOf(pid: number): Promise<number | undefined> {
  const text = await read(`/proc/${pid}/schedstat`);
  return text === undefined ? undefined : Number(text.split(' ')[0]);
}

async function isPostgres(pid: number): Promise<boolean> {
  return (await read(`/proc/${pid}/comm`))?.trim() === 'postgres';
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
