/** The trace that an order was placed in: what its deadlines and retries do belongs to it. */
export const traces = String.raw`
ALTER TABLE saga ADD COLUMN traceparent text;                  -- W3C Trace Context; null: none
`;
