import { assertPoolerKeepsStatements, OutboxError } from '@outrider/outbox';
import type { Logger } from '../logging/index.js';
import type { ServiceConfig } from './config.js';

/** Checks that the pooler in front of the database, if there is one, keeps prepared statements. */
export class PoolerCheck {
  #passed: boolean;

  constructor(private readonly config: Pick<ServiceConfig, 'DATABASE_POOLED' | 'DATABASE'>) {
    this.#passed = !config.DATABASE_POOLED;
  }

  /** Rejects when it does not. A database that does not answer yet is checked again before anything is consumed. */
  async atStart(log: Logger): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      if (error instanceof OutboxError) throw error;
      log.warn({ err: error }, 'the pooler in front of the database could not be checked yet');
    }
  }

  async check(): Promise<void> {
    if (this.#passed) return;
    await assertPoolerKeepsStatements('the database', () => this.config.DATABASE.connection());
    this.#passed = true;
  }
}
