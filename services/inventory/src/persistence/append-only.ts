/** The tables of the stock in which nothing is changed once it is written. */
export const inventoryAppendOnly = ['stock_movement', 'reservation_command'] as const;
