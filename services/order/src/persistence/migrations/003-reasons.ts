/**
 * Reasons are codes; free text is kept beside them. Rows of versions before this one have the words
 * where the code belongs, and that version goes on to write such while it runs beside this one: they are mapped when
 * they are read, so nothing is rewritten here.
 */
export const reasons = String.raw`
ALTER TABLE saga ADD COLUMN reason_detail text, ADD COLUMN shortages jsonb;
ALTER TABLE saga_timeline ADD COLUMN reason_detail text;
ALTER TABLE refund ADD COLUMN failure_detail text;
`;
