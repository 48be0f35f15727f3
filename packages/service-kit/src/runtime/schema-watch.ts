import { pause, type Log } from '@outrider/common';
import { sqlOf, type MikroORM } from '../database/index.js';
import { RightsCheck } from '../roles/index.js';
import type { ServiceConfig } from './config.js';
import type { PoolerCheck } from './pooler-check.js';
import { missingMigrations } from './schema.js';
import type { ServiceDefinition } from './service.js';

const CHECK_EVERY_MS = 500;
/** one line of the log for this many checks */
const LOGGED_CHECKS = 20;

/** Checks that the database has the schema that this version needs, and this process's role the rights on it. */
export class SchemaWatch {
  #current = false;
  readonly #rights: RightsCheck;

  constructor(
    private readonly definition: Pick<ServiceDefinition<ServiceConfig>, 'migrations' | 'appendOnly'>,
    private readonly orm: MikroORM,
    private readonly pooler: PoolerCheck,
  ) {
    this.#rights = new RightsCheck(sqlOf(orm.em.fork()), 'app', definition.appendOnly);
  }

  /** Rejects with what is missing. */
  async check(): Promise<void> {
    if (!this.#current) {
      await this.pooler.check();
      const missing = await missingMigrations(this.definition, this.orm);
      if (missing.length > 0) throw new Error(`not migrated yet: ${missing.join(', ')}`);
      this.#current = true;
    }
    await this.#rights.check();
  }

  /** Resolves with true as soon as the schema is current, with false when the signal is aborted before. */
  async current(signal: AbortSignal, log: Pick<Log, 'warn'>): Promise<boolean> {
    for (let checks = 0; !signal.aborted; checks += 1) {
      try {
        await this.check();
        return true;
      } catch (error) {
        if (checks % LOGGED_CHECKS === 0)
          log.warn({ err: error }, 'the database is not ready for this service; waiting for it');
      }
      await pause(CHECK_EVERY_MS, signal);
    }
    return false;
  }
}
