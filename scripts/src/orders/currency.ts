/** What the prices of an orders file are in: US cents. */
export const CURRENCY = 'USD';
