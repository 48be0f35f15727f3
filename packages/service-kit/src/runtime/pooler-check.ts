import { assertPoolerKeepsStatements, OutboxError } from '@outrider/outbox';
import type { Logger } from '../logging/index.js';
import type { ServiceConfig } from './config.js';

/** Knows whether the pooler before the database, if there is one, keeps prepared statements. */
export class PoolerCheck {
  #passed: boolean;

  constructor(private readonly config: Pick<ServiceConfig, 'DATABASE_POOLED' | 'DATABASE'>) {
    this.#passed = !config.DATABASE_POOLED;
  }

  /** Rejects where it does not. A database that does not answer yet is tried again before anything is consumed. */
  async atStart(log: Logger): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      if (error instanceof OutboxError) throw error;
      log.warn({ err: error }, 'the pooler before the database could not be tried yet');
    }
  }

  async check(): Promise<void> {
    if (this.#passed) return;
    await assertPoolerKeepsStatements('the database', () => this.config.DATABASE.connection());
    this.#passed = true;
  }
}
