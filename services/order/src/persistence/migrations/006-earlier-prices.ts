/**
 * What a product cost before, and until when: it distinguishes a customer who saw an older price from one who saw a
 * newer price than the one known here. Missing where the price has not changed since, or was changed by a version before this one.
 */
export const earlierPrices = String.raw`
ALTER TABLE catalog_product ADD COLUMN previous_price bigint, ADD COLUMN priced_at timestamptz;
`;
