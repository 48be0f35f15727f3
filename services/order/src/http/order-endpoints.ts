import {
  cancelledOrderSchema,
  cancellingOrderSchema,
  decideCheckSchema,
  decidedOrderSchema,
  EXAMPLE,
  getOrderQuerySchema,
  listOrdersQuerySchema,
  orderIdSchema,
  orderPageSchema,
  orderSchema,
  placedOrderSchema,
  placeOrderSchema,
  refundIdSchema,
  refundOrderSchema,
  refundSchema,
  refundsSchema,
  timelineSchema,
} from '@outrider/contracts';
import { defineEndpoint, replayed, responseHeader } from '@outrider/service-kit/http';
import { z } from 'zod';

const access = { roles: ['customer', 'admin'], own: true } as const;
const params = z.object({ id: orderIdSchema });

export const placeOrder = defineEndpoint({
  operationId: 'placeOrder',
  method: 'POST',
  path: '/orders',
  summary: 'Place an order',
  description: 'At current prices.',
  access: { roles: ['customer'] },
  body: placeOrderSchema,
  idempotent: true,
  responses: {
    201: {
      description: 'the order was accepted',
      body: placedOrderSchema,
      headers: {
        Location: responseHeader('Where the order is', `/orders/${EXAMPLE.orderId}`),
        'Idempotent-Replayed': replayed('key'),
      },
    },
  },
  problems: [
    'product-unknown',
    'product-retired',
    'currency-mismatch',
    'price-changed',
    'amount-not-supported',
    'idempotency-key-expired',
  ],
});

export const getOrder = defineEndpoint({
  operationId: 'getOrder',
  method: 'GET',
  path: '/orders/:id',
  summary: 'Read an order',
  description: 'As it stands, or, with `wait_ms`, as soon as it has ended or its customer must act.',
  access,
  params,
  query: getOrderQuerySchema,
  responses: { 200: { description: 'the order', body: orderSchema } },
  problems: ['not-found'],
});

export const listOrders = defineEndpoint({
  operationId: 'listOrders',
  method: 'GET',
  path: '/orders',
  summary: 'List orders',
  description: 'Newest first, or in the order of their changes.',
  access,
  query: listOrdersQuerySchema,
  responses: { 200: { description: 'a page of orders', body: orderPageSchema } },
});

export const cancelOrder = defineEndpoint({
  operationId: 'cancelOrder',
  method: 'POST',
  path: '/orders/:id/cancel',
  summary: 'Cancel an order',
  description: 'One that is not completed yet: stock and money are released, then it is CANCELLED.',
  access,
  params,
  responses: {
    202: { description: 'it is being cancelled', body: cancellingOrderSchema },
    200: { description: 'it was being cancelled before', body: cancelledOrderSchema },
  },
  problems: ['not-found', 'too-late'],
});

export const decideCheck = defineEndpoint({
  operationId: 'decideOrderCheck',
  method: 'POST',
  path: '/orders/:id/check',
  summary: 'Decide about a checked order',
  description: 'One that waits for the shop’s check: it goes on to its payment, or is refused.',
  access: { roles: ['admin'] },
  params,
  body: decideCheckSchema,
  responses: { 200: { description: 'it was decided so, now or before', body: decidedOrderSchema } },
  problems: ['not-found', 'check-not-open'],
});

export const getTimeline = defineEndpoint({
  operationId: 'getOrderTimeline',
  method: 'GET',
  path: '/orders/:id/timeline',
  summary: 'Read what happened to an order',
  description: 'Every step with its time, its cause, the commands sent and the reason.',
  access,
  params,
  responses: { 200: { description: 'the timeline', body: timelineSchema } },
  problems: ['not-found'],
});

export const refundOrder = defineEndpoint({
  operationId: 'refundOrder',
  method: 'POST',
  path: '/orders/:id/refunds',
  summary: 'Refund an order',
  description: 'An amount, pieces or shipping of a completed order; one refund at a time.',
  access: { roles: ['admin'] },
  params,
  body: refundOrderSchema,
  idempotent: true,
  responses: {
    201: {
      description: 'the refund has started',
      body: refundSchema,
      headers: {
        Location: responseHeader('Where the refund is', `/orders/${EXAMPLE.orderId}/refunds/${EXAMPLE.refundId}`),
        'Idempotent-Replayed': replayed('key'),
      },
    },
  },
  problems: [
    'not-found',
    'refund-open',
    'not-refundable',
    'refund-too-large',
    'restock-needs-items',
    'amount-not-supported',
    'idempotency-key-expired',
  ],
});

export const listRefunds = defineEndpoint({
  operationId: 'listOrderRefunds',
  method: 'GET',
  path: '/orders/:id/refunds',
  summary: 'List the refunds of an order',
  description: 'Oldest first.',
  access,
  params,
  responses: { 200: { description: 'the refunds', body: refundsSchema } },
  problems: ['not-found'],
});

export const getRefund = defineEndpoint({
  operationId: 'getOrderRefund',
  method: 'GET',
  path: '/orders/:id/refunds/:refundId',
  summary: 'Read a refund of an order',
  access,
  params: params.extend({ refundId: refundIdSchema }),
  responses: { 200: { description: 'the refund', body: refundSchema } },
  problems: ['not-found'],
});
