/** The trace of the request that a reservation was made by: its expiry, or its late answer, belongs to it. */
export const traces = String.raw`
ALTER TABLE reservation ADD COLUMN traceparent text;           -- W3C Trace Context; null: none
`;
