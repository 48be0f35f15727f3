import { listPositions, listPositionFunctions } from '@outrider/service-kit/database';

/** What lists of orders need to be followed without loss (docs/decisions/170). */
export const orderList = `${listPositionFunctions}
${listPositions('orders')}
CREATE INDEX orders_by_position ON orders(position, id);
CREATE INDEX orders_by_customer_position ON orders(customer_id, position, id);
`;
