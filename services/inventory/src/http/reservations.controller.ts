import { Controller, Inject } from '@nestjs/common';
import { byOrderQuerySchema, reservationsSchema } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { defineEndpoint, Endpoint, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { findReservations } from '../queries/find-reservations.js';

const listReservations = defineEndpoint({
  operationId: 'listReservations',
  method: 'GET',
  path: '/reservations',
  summary: 'The reservation of an order, if it has one',
  access: { roles: ['admin'], scope: 'inventory:read' },
  query: byOrderQuerySchema,
  responses: { 200: { description: 'none or one', body: reservationsSchema } },
});

@Controller()
export class ReservationsController {
  constructor(@Inject(Transactor) private readonly transactor: Transactor) {}

  @Endpoint(listReservations)
  async list({ query }: RequestOf<typeof listReservations>): Promise<Answer> {
    return { status: 200, body: { data: await findReservations(this.transactor, query.orderId) } };
  }
}
