import { endpoints as inventory } from '@outrider/inventory/endpoints';
import { endpoints as order } from '@outrider/order/endpoints';
import { endpoints as payment } from '@outrider/payment/endpoints';
import { endpoints as product } from '@outrider/product/endpoints';
import { adminEndpoints } from '@outrider/service-kit/admin';
import type { EndpointDefinition } from '@outrider/service-kit/http';

/** Everything that is served to callers: by section of docs/access.md, the operations as they are defined. */
export const SECTIONS: Readonly<Record<string, readonly EndpointDefinition[]>> = {
  order,
  inventory,
  payment,
  product,
  'admin port': adminEndpoints,
};
