import { Controller, Inject } from '@nestjs/common';
import { byOrderQuerySchema, paymentsSchema } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { defineEndpoint, Endpoint, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { getPayments as readPayments } from '../queries/get-payments.js';

const getPayments = defineEndpoint({
  operationId: 'getPayments',
  method: 'GET',
  path: '/payments',
  summary: 'List the payments of an order',
  access: { roles: ['admin'], scope: 'payment:read' },
  query: byOrderQuerySchema,
  responses: { 200: { description: 'the payments; none for an order that never requested one', body: paymentsSchema } },
});

@Controller()
export class PaymentsController {
  constructor(@Inject(Transactor) private readonly transactor: Transactor) {}

  @Endpoint(getPayments)
  async get(request: RequestOf<typeof getPayments>): Promise<Answer> {
    return { status: 200, body: { data: await readPayments(this.transactor, request.query.orderId) } };
  }
}
