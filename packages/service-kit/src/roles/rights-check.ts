import type { SqlClient } from '@outrider/common';
import { missingRights } from './missing-rights.js';
import type { RoleKind } from './rights.js';

const CHECK_EVERY_MS = 30_000;

/** For readiness: whether the role of a process has what it needs on the tables of a database. */
export class RightsCheck {
  #checkedAt = -Infinity;

  /** @param appendOnly tables of the service in which nothing is changed once it is written */
  constructor(
    private readonly sql: SqlClient,
    private readonly kind: RoleKind,
    private readonly appendOnly: readonly string[] = [],
  ) {}

  /** Rejects with every right that is missing, and where. What was found right is asked for again after 30 s. */
  async check(): Promise<void> {
    if (performance.now() - this.#checkedAt < CHECK_EVERY_MS) return;
    const missing = await missingRights(this.sql, this.kind, new Set(this.appendOnly));
    if (missing.length > 0) throw new Error(`the role of this process lacks ${missing.join('; ')}: see docs/roles.md`);
    this.#checkedAt = performance.now();
  }
}
