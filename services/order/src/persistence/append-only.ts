/** The tables of an order in which nothing is changed once it is written. */
export const orderAppendOnly = ['order_line', 'saga_command', 'saga_timeline'] as const;
