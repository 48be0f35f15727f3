/**
 * What was put back into stock for an order is found by the order: the books hold it against the reservation. Few
 * movements are of this kind, so the index stays small; building it reads the table once, and stock waits meanwhile.
 */
export const movementsBack = `
CREATE INDEX stock_movement_back ON stock_movement(reference) WHERE reason = 'RESTOCKED';
`;
