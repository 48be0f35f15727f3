/**
 * What is added to a version when it is published: the ledger's versions have no gap, but those that readers have must not
 * be published again after the database was restored from a backup (docs/decisions/171).
 */
export const versionBase = 'ALTER TABLE stock ADD COLUMN version_base bigint NOT NULL DEFAULT 0;';
