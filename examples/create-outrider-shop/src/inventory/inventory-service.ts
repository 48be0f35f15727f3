import { inventoryServiceWith } from '@outrider/inventory';

/** The inventory service as this shop runs it. */
export const shopInventoryService = inventoryServiceWith({});
