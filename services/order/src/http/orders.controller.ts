import type { ServerResponse } from 'node:http';
import { Controller, Inject } from '@nestjs/common';
import { ProblemError, type Order, type Principal } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { Endpoint, isAdmin, principalName, type Answer, type RequestOf } from '@outrider/service-kit/http';
import { CancelOrder } from '../commands/cancel-order.js';
import { DecideCheck } from '../commands/decide-check.js';
import { PlaceOrder } from '../commands/place-order.js';
import { RefundOrder } from '../commands/refund-order.js';
import { AwaitedOrders } from '../queries/awaited-orders.js';
import { getOrder } from '../queries/get-order.js';
import { getRefunds } from '../queries/get-refunds.js';
import { getTimeline } from '../queries/get-timeline.js';
import { listOrders } from '../queries/list-orders.js';
import type { Viewer } from '../queries/viewer.js';
import * as endpoints from './order-endpoints.js';

@Controller()
export class OrdersController {
  constructor(
    @Inject(Transactor) private readonly transactor: Transactor,
    @Inject(PlaceOrder) private readonly placeOrder: PlaceOrder,
    @Inject(CancelOrder) private readonly cancelOrder: CancelOrder,
    @Inject(DecideCheck) private readonly decideCheck: DecideCheck,
    @Inject(RefundOrder) private readonly refundOrder: RefundOrder,
    @Inject(AwaitedOrders) private readonly awaited: AwaitedOrders,
  ) {}

  @Endpoint(endpoints.placeOrder)
  async place({ principal, idempotencyKey, body }: RequestOf<typeof endpoints.placeOrder>): Promise<Answer> {
    return this.placeOrder.execute({
      customerId: personOf(principal),
      principal: principalName(principal),
      route: endpoints.placeOrder.operationId,
      idempotencyKey,
      body,
    });
  }

  @Endpoint(endpoints.getOrder)
  async read(
    { principal, params, query }: RequestOf<typeof endpoints.getOrder>,
    response: Pick<ServerResponse, 'once'>,
  ): Promise<Answer> {
    const viewer = viewerOf(principal);
    const read = (): Promise<Order | undefined> => getOrder(this.transactor, viewer, params.id);
    if (query.wait_ms === 0) return found(await read());
    using waiting = this.awaited.begin(params.id, query.after_version);
    // who has gone must not take the place of another
    response.once('close', () => waiting.end());
    const order = await read();
    if (order === undefined || !waiting.isFor(order)) return found(order);
    const since = performance.now();
    await waiting.wait(query.wait_ms);
    const waitedMs = performance.now() - since;
    return { ...found(await read()), waitedMs };
  }

  @Endpoint(endpoints.listOrders)
  async list({ principal, query }: RequestOf<typeof endpoints.listOrders>): Promise<Answer> {
    const viewer = viewerOf(principal);
    const forAdmins = query.updated_since !== undefined || query.check !== undefined;
    if (forAdmins && viewer.kind !== 'admin') throw new ProblemError('forbidden');
    const { data, hasMore } = await listOrders(this.transactor, viewer, {
      customer: query.customer_id,
      statuses: query.status,
      check: query.check,
      reference: query.reference,
      createdFrom: query.created_after,
      createdBefore: query.created_before,
      updatedSince: query.updated_since,
      limit: query.limit,
      after: query.starting_after,
      before: query.ending_before,
    });
    return { status: 200, body: { data, has_more: hasMore } };
  }

  @Endpoint(endpoints.cancelOrder)
  async cancel({ principal, params }: RequestOf<typeof endpoints.cancelOrder>): Promise<Answer> {
    const viewer = viewerOf(principal);
    const asked = await this.cancelOrder.execute({ orderId: params.id, by: viewer });
    const { body } = found(await getOrder(this.transactor, viewer, params.id));
    return { status: asked === 'asked' ? 202 : 200, body };
  }

  @Endpoint(endpoints.decideCheck)
  async decide({ principal, params, body }: RequestOf<typeof endpoints.decideCheck>): Promise<Answer> {
    const decision = body.decision === 'pass' ? { kind: body.decision } : { kind: body.decision, code: body.code };
    const by = principalName(principal);
    await this.decideCheck.execute({ orderId: params.id, decision, by, reason: body.reason });
    return found(await getOrder(this.transactor, viewerOf(principal), params.id));
  }

  @Endpoint(endpoints.refundOrder)
  async refund(request: RequestOf<typeof endpoints.refundOrder>): Promise<Answer> {
    const { principal, params, idempotencyKey, body } = request;
    return this.refundOrder.execute({
      orderId: params.id,
      principal: principalName(principal),
      route: endpoints.refundOrder.operationId,
      idempotencyKey,
      body,
    });
  }

  @Endpoint(endpoints.listRefunds)
  async refunds({ principal, params }: RequestOf<typeof endpoints.listRefunds>): Promise<Answer> {
    return found(await getRefunds(this.transactor, viewerOf(principal), params.id));
  }

  @Endpoint(endpoints.getRefund)
  async oneRefund({ principal, params }: RequestOf<typeof endpoints.getRefund>): Promise<Answer> {
    const refunds = await getRefunds(this.transactor, viewerOf(principal), params.id);
    return found(refunds?.data.find(({ refundId }) => refundId === params.refundId));
  }

  @Endpoint(endpoints.getTimeline)
  async timeline({ principal, params }: RequestOf<typeof endpoints.getTimeline>): Promise<Answer> {
    return found(await getTimeline(this.transactor, viewerOf(principal), params.id));
  }
}

/** Another customer's order is as unknown as one that was never placed. */
function found(body: object | undefined): Answer {
  if (body === undefined) throw new ProblemError('not-found');
  return { status: 200, body };
}

function viewerOf(principal: Principal): Viewer {
  return isAdmin(principal) ? { kind: 'admin' } : { kind: 'customer', customerId: personOf(principal) };
}

function personOf(principal: Principal): string {
  if (principal.kind !== 'person') throw new ProblemError('forbidden');
  return principal.id;
}
