import { byOrderQuerySchema, reservationsSchema } from '@outrider/contracts';
import { defineEndpoint } from '@outrider/service-kit/http';

export const listReservations = defineEndpoint({
  operationId: 'listReservations',
  method: 'GET',
  path: '/reservations',
  summary: 'Read the reservation of an order',
  access: { roles: ['admin'], scope: 'inventory:read' },
  query: byOrderQuerySchema,
  responses: { 200: { description: 'None or one', body: reservationsSchema } },
});
