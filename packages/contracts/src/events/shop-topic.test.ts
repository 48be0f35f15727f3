import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineShopTopic } from './shop-topic.js';

const deliveries = defineShopTopic('my-shop-delivery-event', {
  DELIVERY_ANNOUNCED: z.object({ pieces: z.int().min(1) }),
  DELIVERY_ARRIVED: z.object({}),
});
const from = { source: 'inventory', version: '1' };
const announced = { type: 'DELIVERY_ANNOUNCED', payload: { pieces: 3 } } as const;
const bytes = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('an event of a shop’s own topic is read as it was sent, in the envelope of the core’s', () => {
  const encoded = deliveries.encode(from, 'SKU-1', announced);
  expect(encoded).toMatchObject({
    key: 'SKU-1',
    topic: 'my-shop-delivery-event',
    type: 'DELIVERY_ANNOUNCED',
    headers: { ce_id: encoded.eventId, ce_source: '/outrider/inventory', 'app-version': '1' },
  });
  expect(deliveries.decode(Buffer.from(encoded.payload))).toMatchObject({
    ok: true,
    event: { eventId: encoded.eventId, key: 'SKU-1', eventType: 'DELIVERY_ANNOUNCED', payload: { pieces: 3 } },
  });
});

test('what is no event of the topic is refused by what is wrong with it', () => {
  const value = JSON.parse(deliveries.encode(from, 'SKU-1', announced).payload) as object;
  const reasonOf = (message: Uint8Array | null): unknown => deliveries.decode(message);
  expect(reasonOf(null)).toEqual({ ok: false, reason: 'no value' });
  expect(reasonOf(bytes({ ...value, eventType: 'CREATED' }))).toEqual({
    ok: false,
    reason: 'type not listed for my-shop-delivery-event: "CREATED"',
  });
  expect(reasonOf(bytes({ ...value, payload: { pieces: 0 } }))).toMatchObject({
    reason: expect.stringMatching(/^DELIVERY_ANNOUNCED: payload\.pieces: /u),
  });
  expect(() => deliveries.encode(from, 'SKU-1', { type: 'DELIVERY_ANNOUNCED', payload: { pieces: 0 } })).toThrow(
    'pieces',
  );
});

test('a topic of the core is none of a shop’s, and neither is what Kafka has no name for', () => {
  expect(() => defineShopTopic('order-event', {})).toThrow('order-event is a topic of the core');
  expect(() => defineShopTopic('My shop', {})).toThrow('a topic cannot be called "My shop"');
});
