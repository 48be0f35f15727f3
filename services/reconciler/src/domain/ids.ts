/** Before every id there is. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** After every id there is. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** When a UUIDv7 was made, in ms since 1970. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The lowest UUIDv7 of a time: ids that were made from then on are above it, those before below. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
