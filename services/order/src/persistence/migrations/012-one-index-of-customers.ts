/**
 * Lists of a customer's orders are read by position since there are positions: the index by id was written for every order, at a
 * random place of it, and told nothing that orders_by_customer_position does not.
 */
export const indexOfCustomersById = 'DROP INDEX orders_by_customer;';
