import { randomUUID } from 'node:crypto';
import { newId, type EventTypeOf, type Order, type PayloadOf } from '@outrider/contracts';
import { startTestService, type CallResult, type TestService } from '@outrider/service-kit/testing';
import { shopOrderService } from '../order/order-service.js';

/** This shop's order service on real servers; catalogue, inventory, payment and the relay are played by hand. */
export interface PlayedShop {
  readonly service: TestService;
  /** the catalogue registers a product */
  product(price: number, currency?: string): Promise<string>;
  place(productId: string, quantity: number, more?: Readonly<Record<string, unknown>>): Promise<CallResult>;
  /** inventory reserves the order's pieces */
  reserves(order: Order): Promise<void>;
  /** inventory and payment say yes to everything; @returns the order when it is completed */
  completes(order: Order): Promise<Order>;
  /** sends all events of a topic of the order service to Kafka, as the worker would; @returns how many events */
  relay(topic?: 'order-lifecycle-event' | 'check-event'): Promise<number>;
}

type Reply = EventTypeOf<'order-event'>;

export async function openPlayedShop(): Promise<PlayedShop> {
  const service = await startTestService(shopOrderService);
  const customer = await service.token('alice', 'customer');
  const order = async (id: string): Promise<Order> =>
    (await service.call('GET', `/orders/${id}`, { token: customer })).body as Order;

  /** Waits for a command of the order and answers it. */
  async function answers<N extends Reply>(id: string, command: string, type: N, more: object): Promise<void> {
    let commandId = '';
    await service.until(`${command} was sent`, async () => {
      const sent = (await service.emitted()).find(
        (event) => 'orderId' in event && event.orderId === id && event.eventType === command,
      );
      if (sent !== undefined && 'commandId' in sent.payload) ({ commandId } = sent.payload);
      return commandId !== '';
    });
    await service.publish('order-event', type, id, { commandId, ...more } as PayloadOf<'order-event', N>);
  }

  const reserves = (id: string): Promise<void> =>
    answers(id, 'RESERVATION_CREATE_REQUEST', 'RESERVATION_CREATION_SUCCEEDED', {
      reservationId: newId(),
      expiresAt: new Date().toISOString(),
    });

  return {
    service,
    async product(price, currency = 'EUR') {
      const id = newId();
      await service.publish('catalog-event', 'PRODUCT_REGISTERED', id, {
        sku: `SKU-${id.slice(-8)}`,
        name: 'Tea',
        price,
        currency,
        initialStock: 0,
        version: 1,
      });
      await service.until(
        'order knows the product',
        async () => (await service.sql('SELECT 1 FROM catalog_product WHERE id=$1', [id])).length === 1,
      );
      return id;
    },
    place: (productId, quantity, more = {}) =>
      service.call('POST', '/orders', {
        token: customer,
        headers: { 'idempotency-key': randomUUID() },
        body: { items: [{ productId, quantity }], currency: 'EUR', paymentMethod: 'pm_card', ...more },
      }),
    reserves: ({ id }) => reserves(id),
    async completes({ id, total }) {
      await reserves(id);
      await answers(id, 'PAYMENT_CREATE_REQUEST', 'PAYMENT_CREATION_SUCCEEDED', { paymentId: newId(), amount: total });
      await answers(id, 'RESERVATION_CONFIRM_REQUEST', 'RESERVATION_CONFIRM', {});
      await answers(id, 'PAYMENT_CONFIRM_REQUEST', 'PAYMENT_CONFIRM', { capturedAmount: total });
      await service.until('the order is completed', async () => (await order(id)).status === 'COMPLETED');
      return order(id);
    },
    async relay(topic = 'order-lifecycle-event') {
      const rows = await service.sql<{ msg_key: string; payload: string }>(
        'SELECT msg_key, payload FROM outbox_event WHERE topic=$1 ORDER BY id',
        [topic],
      );
      for (const { msg_key: key, payload } of rows) await service.publishRaw(topic, key, payload);
      return rows.length;
    },
  };
}
