/** A provider may be unable to list its payments: then nothing of its ledger is checked, and nobody waits for it. */
export const unlistedLedgers = 'ALTER TABLE ledger_check ADD COLUMN lists boolean NOT NULL DEFAULT true;';
