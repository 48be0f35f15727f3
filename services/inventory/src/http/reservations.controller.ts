import { Controller, Inject } from '@nestjs/common';
import { Transactor } from '@outrider/service-kit/database';
import { Endpoint, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { findReservations } from '../queries/find-reservations.js';
import * as endpoints from './reservation-endpoints.js';

@Controller()
export class ReservationsController {
  constructor(@Inject(Transactor) private readonly transactor: Transactor) {}

  @Endpoint(endpoints.listReservations)
  async list({ query }: RequestOf<typeof endpoints.listReservations>): Promise<Answer> {
    return { status: 200, body: { data: await findReservations(this.transactor, query.orderId) } };
  }
}
