import { defineEntity, p } from '@mikro-orm/core';
import type { OrderStatus } from '@outrider/contracts';

/** For reading. Written by insert-order and store-moves. */
export const TimelineEntity = defineEntity({
  name: 'Timeline',
  tableName: 'saga_timeline',
  properties: {
    orderId: p.uuid().primary(),
    version: p.integer().primary(),
    at: p.datetime(),
    input: p.string(),
    step: p.string(),
    status: p.string().$type<OrderStatus>(),
    eventId: p.uuid().nullable(),
    sent: p.array(),
    reason: p.string().nullable(),
    reasonDetail: p.string().nullable(),
  },
});
