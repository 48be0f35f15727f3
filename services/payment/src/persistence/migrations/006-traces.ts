/** The trace of the command that a payment was made by: what its attempts do later belongs to it. */
export const traces = String.raw`
ALTER TABLE payment ADD COLUMN traceparent text;               -- W3C Trace Context; null: none
`;
