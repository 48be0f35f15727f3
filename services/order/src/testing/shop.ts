import { randomUUID } from 'node:crypto';
import { newId, type Order, type OrderStatus, type Refund } from '@outrider/contracts';
import { startTestService, type CallResult, type TestService } from '@outrider/service-kit/testing';
import { commandIdOf, refundCommandIdOf, type StepCommandType } from '../domain/saga-command.js';
import { orderService } from '../order.module.js';

export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
}

/** Order under test; the catalogue, inventory and payment are played by hand. */
export interface Shop {
  readonly service: TestService;
  /** registers a product as the catalogue would, and waits until order knows it */
  product(facts?: Partial<Product>): Promise<Product>;
  place(options: PlaceOptions): Promise<CallResult>;
  /** places an order that must be accepted */
  placed(options: PlaceOptions): Promise<Order>;
  order(id: string): Promise<Order>;
  /** waits until the order shows the status */
  becomes(id: string, status: OrderStatus): Promise<Order>;
  /** what was sent about an order, types in order */
  sent(id: string): Promise<string[]>;
  readonly stock: Peer;
  readonly money: Peer & { readonly givesBack: Answer };
  /** places an order and plays it through */
  completed(options: PlaceOptions): Promise<Order>;
  /** answers to a refund's commands */
  readonly refunds: Readonly<Record<'pays' | 'fails' | 'restocks', RefundAnswer>>;
}

/** Answers that a peer gives to an order's commands. */
export type Peer = Readonly<Record<'accepts' | 'refuses' | 'confirms' | 'doesNotConfirm' | 'releases', Answer>>;
type Answer = (order: Pick<Order, 'id' | 'total'>) => Promise<string>;

type RefundAnswer = (order: Pick<Order, 'id'>, refund: Pick<Refund, 'refundId' | 'amount'>) => Promise<string>;

export interface PlaceOptions {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly customer?: string;
  readonly key?: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly via?: TestService;
}

export async function openShop(
  env: Readonly<Record<string, string>> = {},
  apiKeys: Readonly<Record<string, readonly string[]>> = {},
  definition = orderService,
): Promise<Shop> {
  const service = await startTestService(definition, { env: { SCAN_EVERY_MS: '50', ...env }, apiKeys });
  const admin = await service.token('boss', 'admin');
  const readOrder = async (id: string): Promise<Order> => {
    const { status, body } = await service.call('GET', `/orders/${id}`, { token: admin });
    if (status !== 200) throw new Error(`order ${id}: ${status}`);
    return body;
  };
  const place = async ({ items, customer = 'alice', key = randomUUID(), more = {}, via = service }: PlaceOptions) =>
    via.call('POST', '/orders', {
      token: await service.token(customer, 'customer'),
      headers: { 'idempotency-key': key },
      body: { items, currency: 'EUR', paymentMethod: 'pm_card', ...more },
    });
  const placed = async (options: PlaceOptions): Promise<Order> => {
    const { status, body } = await place(options);
    if (status !== 201) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const becomes = async (id: string, status: OrderStatus): Promise<Order> => {
    await service.until(`order ${id} becomes ${status}`, async () => (await readOrder(id)).status === status);
    return readOrder(id);
  };
  const [stock, money] = [stockOf(service), moneyOf(service)];
  return {
    service,
    place,
    placed,
    becomes,
    order: readOrder,
    async product(facts = {}) {
      const { id = newId() } = facts;
      const product = { id, sku: `SKU-${id.slice(-8)}`, name: 'A thing', price: 250, currency: 'EUR', ...facts };
      const { sku, name, price, currency } = product;
      await service.publish('catalog-event', 'PRODUCT_REGISTERED', id, {
        sku,
        name,
        price,
        currency,
        initialStock: 0,
        version: 1,
      });
      await service.until(
        'order knows the product',
        async () => (await service.sql('SELECT 1 FROM catalog_product WHERE id=$1', [id])).length === 1,
      );
      return product;
    },
    async completed(options) {
      const order = await placed(options);
      // one key, one partition: they are taken in this order
      await stock.accepts(order);
      if (order.total > 0) await money.accepts(order);
      await stock.confirms(order);
      if (order.total > 0) await money.confirms(order);
      return becomes(order.id, 'COMPLETED');
    },
    async sent(id) {
      return (await service.emitted())
        .filter((event) => 'orderId' in event && event.orderId === id)
        .map(({ eventType }) => eventType);
    },
    stock,
    money,
    refunds: refundsOf(service),
  };
}

function id(order: Pick<Order, 'id'>, type: StepCommandType): { commandId: string } {
  return { commandId: commandIdOf(order.id, type) };
}

function stockOf(service: TestService): Peer {
  const say = service.publish.bind(service, 'order-event') as (...args: unknown[]) => Promise<string>;
  return {
    accepts: (order) =>
      say('RESERVATION_CREATION_SUCCEEDED', order.id, {
        ...id(order, 'RESERVATION_CREATE_REQUEST'),
        reservationId: newId(),
        expiresAt: new Date().toISOString(),
      }),
    refuses: (order) =>
      say('RESERVATION_CREATION_FAILED', order.id, {
        ...id(order, 'RESERVATION_CREATE_REQUEST'),
        reason: 'OUT_OF_STOCK',
        lines: [],
      }),
    confirms: (order) => say('RESERVATION_CONFIRM', order.id, id(order, 'RESERVATION_CONFIRM_REQUEST')),
    doesNotConfirm: (order) =>
      say('RESERVATION_CONFIRM_FAILED', order.id, { ...id(order, 'RESERVATION_CONFIRM_REQUEST'), reason: 'EXPIRED' }),
    releases: (order) =>
      say('RESERVATION_RELEASE', order.id, { ...id(order, 'RESERVATION_RELEASE_REQUEST'), restocked: false }),
  };
}

function moneyOf(service: TestService): Shop['money'] {
  const say = service.publish.bind(service, 'order-event') as (...args: unknown[]) => Promise<string>;
  return {
    accepts: (order) =>
      say('PAYMENT_CREATION_SUCCEEDED', order.id, {
        ...id(order, 'PAYMENT_CREATE_REQUEST'),
        paymentId: newId(),
        amount: order.total,
      }),
    refuses: (order) =>
      say('PAYMENT_CREATION_FAILED', order.id, { ...id(order, 'PAYMENT_CREATE_REQUEST'), reason: 'card declined' }),
    confirms: (order) =>
      say('PAYMENT_CONFIRM', order.id, { ...id(order, 'PAYMENT_CONFIRM_REQUEST'), capturedAmount: order.total }),
    doesNotConfirm: (order) =>
      say('PAYMENT_CONFIRM_FAILED', order.id, { ...id(order, 'PAYMENT_CONFIRM_REQUEST'), reason: 'card expired' }),
    releases: (order) =>
      say('PAYMENT_RELEASE', order.id, {
        ...id(order, 'PAYMENT_RELEASE_REQUEST'),
        voided: true,
        refundedAmount: 0,
      }),
    givesBack: (order) =>
      say('PAYMENT_RELEASE', order.id, {
        ...id(order, 'PAYMENT_RELEASE_REQUEST'),
        voided: false,
        refundedAmount: order.total,
      }),
  };
}

function refundsOf(service: TestService): Shop['refunds'] {
  const say = service.publish.bind(service, 'order-event') as (...args: unknown[]) => Promise<string>;
  return {
    pays: (order, { refundId, amount }) => {
      const commandId = refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST');
      return say('PAYMENT_REFUNDED', order.id, { commandId, refundId, amount });
    },
    fails: (order, { refundId }) => {
      const commandId = refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST');
      return say('PAYMENT_REFUND_FAILED', order.id, { commandId, refundId, reason: 'account closed' });
    },
    restocks: (order, { refundId }) => {
      const commandId = refundCommandIdOf(refundId, 'RESERVATION_RESTOCK_REQUEST');
      return say('RESERVATION_RESTOCKED', order.id, { commandId, refundId });
    },
  };
}
