import type { COMMERCE_SERVICE_SPEC } from './commerce-service-spec.js';
import type { COMMERCE_SERVICE_STATUS } from './commerce-service-status.js';
import type { ObjectMeta } from './objects.js';
import type { FromSchema } from './schema.js';

export type CommerceServiceSpec = FromSchema<typeof COMMERCE_SERVICE_SPEC>;
export type CommerceServiceStatus = FromSchema<typeof COMMERCE_SERVICE_STATUS>;

/** A service of the shop, and how new revisions of it take over. */
export interface CommerceService {
  readonly metadata: ObjectMeta;
  readonly spec: CommerceServiceSpec;
  readonly status?: CommerceServiceStatus;
}
