import { listPositions, listPositionFunctions } from '@outrider/service-kit/database';

/** What the list of products needs to be followed without loss (docs/decisions/170). */
export const productList = `${listPositionFunctions}
${listPositions('product')}
CREATE INDEX product_by_position ON product(position, id);
`;
