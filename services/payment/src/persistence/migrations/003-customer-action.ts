/** What the customer must do for an authorisation to go on, as it was sent to order: the same however often it is asked. */
export const customerAction = `ALTER TABLE payment ADD COLUMN action jsonb`;
