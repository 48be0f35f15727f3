import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderSchema } from '@outrider/contracts';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { z } from 'zod';
import { call } from '../api/call.js';
import type { Service } from '../installation/layout.js';
import type { Started } from '../installation/start-installation.js';

const BETWEEN_ORDERS_MS = 2_000;

/** An installation that causes are tried on: orders come all the time, and its servers are this machine's own. */
export class Drilled {
  readonly kafka: Kafka;
  #orders = 0;
  #refused = 0;

  constructor(
    readonly started: Started,
    /** how many times faster than in earnest time passes for the rules */
    readonly pace: number,
    readonly signal: AbortSignal,
  ) {
    this.kafka = new Kafka({
      clientId: 'drill',
      brokers: [...started.infra.brokers],
      logLevel: logLevel.NOTHING,
    });
  }

  get up() {
    return this.started.up;
  }

  /** Orders that were accepted, and that the shop did not get an answer to. */
  get orders(): { readonly accepted: number; readonly refused: number } {
    return { accepted: this.#orders, refused: this.#refused };
  }

  /** Registers a product. @returns its id */
  async product(): Promise<string> {
    const { body } = await call({
      method: 'POST',
      url: `${this.up.services.product.url}/products`,
      token: this.up.tokens.admin,
      idempotencyKey: randomUUID(),
      body: { sku: randomUUID().slice(0, 8), name: 'A thing', price: 500, currency: 'EUR', initialStock: 100_000 },
      answer: z.object({ id: z.string() }),
      signal: this.signal,
    });
    return body.id;
  }

  /** Places orders until it is told to end; what the shop is refused is counted, and the next one tried. */
  async placeOrders(productId: string, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      try {
        await call({
          method: 'POST',
          url: `${this.up.services.order.url}/orders`,
          token: this.up.tokens.customer,
          idempotencyKey: randomUUID(),
          body: { items: [{ productId, quantity: 1 }], currency: 'EUR', paymentMethod: 'pm_card' },
          answer: orderSchema,
          signal: AbortSignal.any([ended, AbortSignal.timeout(5_000)]),
        });
        this.#orders += 1;
      } catch {
        // customers of a shop that is broken on purpose are refused
        this.#refused += 1;
      }
      await sleep(BETWEEN_ORDERS_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** Asks a service's database, as the role that owns it. */
  async sql<R extends object>(service: Service, text: string, values: readonly unknown[] = []): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.up.services[service].databaseUrl });
    await client.connect();
    try {
      return (await client.query<R>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }
}
