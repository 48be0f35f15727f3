import {
  amountStep,
  newId,
  ProblemError,
  refuseUnmovable,
  type PlaceOrder as PlaceOrderBody,
} from '@outrider/contracts';
import { violatedUnique, type Transaction, type Transactor } from '@outrider/service-kit/database';
import { idempotentReading, type StoredAnswer } from '@outrider/service-kit/idempotency';
import type { AcceptedOrder, QuotedLine } from '../domain/accepted-order.js';
import { earlierLines } from '../domain/earlier-lines.js';
import { priceOrder, type PricedOrderTerms } from '../domain/price-order.js';
import { quoteLines } from '../domain/quote-lines.js';
import { openCommands } from '../domain/open-commands.js';
import { startSaga, statusOf } from '../domain/saga-state.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import { insertOrder } from '../persistence/statements/insert-order.js';
import { readProducts, type ReadProducts } from '../persistence/statements/read-products.js';
import { checkFields, type OrderFields } from '../policies/order-fields.js';
import { isChecked, type OrderCheck } from '../policies/order-check.js';
import type { PricingPolicy } from '../policies/pricing-policy.js';
import { orderView } from '../queries/order-view.js';
import { emitCommands } from './emit-commands.js';
import { emitLifecycle } from './emit-lifecycle.js';

/** A request to place an order. */
export interface PlaceOrderRequest {
  readonly customerId: string;
  /** the caller, to whom the idempotency key belongs */
  readonly principal: string;
  readonly route: string;
  readonly idempotencyKey: string;
  readonly body: PlaceOrderBody;
}

export interface PlaceOrderSettings {
  readonly transactor: Transactor;
  readonly pricing: PricingPolicy;
  readonly fields: OrderFields | undefined;
  readonly check: OrderCheck | undefined;
  readonly timing: SagaTiming;
  /** the payment provider, whose amounts the total must fit */
  readonly provider: string;
  readonly appVersion: string;
  /** called after the commit of an order */
  readonly onStarted: () => void;
}

/**
 * Accepts an order: in one transaction the stored answer, the order with its lines, its saga with the first command,
 * and the events: the command to inventory and ORDER_PLACED. Four statements and the events, whatever the number of lines, on two
 * ways to the database: look for the key and the products; then write all of it, and commit.
 */
export class PlaceOrder {
  constructor(private readonly settings: PlaceOrderSettings) {}

  /**
   * @throws ProblemError malformed (400), product-unknown (404), product-retired, currency-mismatch, price-changed, amount-not-supported,
   *   idempotency-key-expired, idempotency-key-in-flight (409), idempotency-key-reused (422); nothing is written then
   * @throws PricingPolicyError; nothing is written then either
   */
  async execute(request: PlaceOrderRequest): Promise<StoredAnswer> {
    const { principal, route, idempotencyKey: key, body } = request;
    const productIds = body.items.map(({ productId }) => productId);
    let placed = false;
    try {
      const answer = await this.settings.transactor.run((tx) => {
        placed = false;
        const read = (): Promise<ReadProducts> => readProducts(tx.sql, productIds);
        return idempotentReading(tx, { principal, route, key, body }, read, (found) => {
          placed = true;
          return this.#place(tx, request, found);
        });
      });
      if (placed) this.settings.onStarted();
      return answer;
    } catch (error) {
      if (violatedUnique(error) !== 'orders_customer_key') throw error;
      throw new ProblemError('idempotency-key-expired', 'Use a new key for a new order');
    }
  }

  async #place(
    tx: Transaction,
    { customerId, idempotencyKey, body }: PlaceOrderRequest,
    { now, products }: ReadProducts,
  ): Promise<StoredAnswer> {
    const { pricing, fields, check, timing, provider, appVersion } = this.settings;
    const { paymentMethod, metadata = {} } = body;
    checkFields(fields, metadata);
    const quote = quoteLines(body, products);
    if (quote.kind !== 'quoted') throw refusal(quote.kind, quote.productId);
    const terms = { customerId, currency: body.currency, reference: body.reference ?? null };
    const step = amountStep(provider, body.currency);
    const price = (quoted: readonly QuotedLine[]): PricedOrderTerms =>
      priceOrder(quoted, pricing.adjustmentsOf({ ...terms, lines: quoted }), step);
    const { lines, adjustments, total } = price(quote.lines);
    if (body.expectedTotal !== undefined && body.expectedTotal !== total) {
      // a total by earlier prices was seen earlier; any other may be of a price that has not arrived here yet
      const seen = [...earlierLines(quote.lines, products)].some(
        (earlier) => price(earlier).total === body.expectedTotal,
      );
      const headers: Record<string, string> = seen ? {} : SOON;
      throw new ProblemError('price-changed', `The total is ${total} ${body.currency} now`, { total }, headers);
    }
    refuseUnmovable(provider, total, body.currency);
    const order: AcceptedOrder = { ...terms, id: newId(), paymentMethod, adjustments, total, metadata };
    const checked = isChecked(check, { order, lines });
    const saga = startSaga({ id: order.id, total, checked }, appVersion, now, timing);
    const commands = openCommands(saga);
    await insertOrder(tx.unread, {
      order,
      lines,
      idempotencyKey,
      saga,
      commands,
      traceparent: tx.trace.of(order.id),
    });
    emitCommands(tx, commands, { order, saga, lines, timing });
    const status = statusOf(saga);
    emitLifecycle(tx, { type: 'ORDER_PLACED' }, order, lines, { status, refundedTotal: 0 });
    return {
      status: 201,
      headers: { location: `/orders/${order.id}` },
      body: orderView(
        { order, lines, status, saga, disputes: [], createdAt: now, updatedAt: now },
        { kind: 'customer', customerId },
      ),
    };
  }
}

/** Catalogue events arrive within a second, unless something is down. */
const SOON = { 'retry-after': '1' };

function refusal(kind: 'product-unknown' | 'product-retired' | 'currency-mismatch', productId: string): ProblemError {
  // the event of a product registered just now may not have arrived yet
  const headers: Record<string, string> = kind === 'product-unknown' ? SOON : {};
  return new ProblemError(kind, undefined, { productId }, headers);
}
