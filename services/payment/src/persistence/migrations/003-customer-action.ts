/** What the customer must do for an authorisation to go on, as it was told to order: the same however often it is asked. */
export const CUSTOMER_ACTION = `ALTER TABLE payment ADD COLUMN action jsonb`;
