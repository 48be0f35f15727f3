/** Before every id there is. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** After every id there is. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
