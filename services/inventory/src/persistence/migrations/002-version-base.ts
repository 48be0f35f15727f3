/**
 * What is added to a version to tell it: the ledger's versions have no gap, but those that others know must not come again
 * where the database is restored from a backup (docs/decisions/171).
 */
export const versionBase = 'ALTER TABLE stock ADD COLUMN version_base bigint NOT NULL DEFAULT 0;';
