import { describe, expect, test } from '@jest/globals';
import { idSchema, newId } from '../ids.js';
import { TOPIC_NAMES, TOPICS, type Topic } from '../topics.js';
import { decodeEvent, encodeUnsent, encodeEvent, MAX_EVENT_BYTES, type EncodedEvent } from './codec.js';
import { EVENT_TYPE_FACTS, EVENT_TYPES, keyOf, type EventTypeOf, type PayloadOf } from './index.js';

const FROM = { source: 'test', version: '1.2.3' };
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

function exampleOf(topic: Topic, type: string): PayloadOf<Topic, never> {
  return EVENT_TYPE_FACTS[topic].find((facts) => facts.type === type)?.about.example as PayloadOf<Topic, never>;
}

function encodeSample(topic: Topic, type: string, key = newId()): EncodedEvent {
  return encodeUnsent(FROM, topic, type as EventTypeOf<Topic>, key, exampleOf(topic, type));
}

const ALL = TOPIC_NAMES.flatMap((topic) => [...EVENT_TYPES[topic]].map((type) => [topic, type] as const));

describe('every type of every topic', () => {
  test.each(ALL)('F01 %s %s is read as it was written', (topic, type) => {
    const key = newId();
    const now = new Date('2026-01-02T03:04:05.678Z');
    const payload = exampleOf(topic, type);
    const encoded = encodeUnsent(FROM, topic, type as EventTypeOf<Topic>, key, payload, now);
    const decoded = decodeEvent(topic, bytes(encoded.payload));
    expect(decoded).toEqual({
      ok: true,
      event: {
        eventId: encoded.eventId,
        outboxId: encoded.eventId,
        [TOPICS[topic].keyField]: key,
        eventType: type,
        schemaVersion: 1,
        occurredAt: '2026-01-02T03:04:05.678Z',
        payload,
      },
    });
    expect(decoded.ok && keyOf(topic, decoded.event)).toBe(key);
    expect(encoded).toMatchObject({ key, topic, type });
  });

  test.each(ALL)(
    'F03 %s %s from a newer sender, with fields nobody knows here, is read by an older reader',
    (...of) => {
      const [topic, type] = of;
      const encoded = encodeSample(topic, type);
      const value = JSON.parse(encoded.payload) as Record<string, object>;
      const newer = { ...value, schemaVersion: 2, causedBy: newId(), payload: { ...value['payload'], giftWrap: true } };
      expect(decodeEvent(topic, bytes(newer))).toEqual({ ok: true, event: { ...value, schemaVersion: 2 } });
    },
  );

  test.each(ALL)('F01 %s %s without its payload is not sent and not read', (topic, type) => {
    expect(() => encodeUnsent(FROM, topic, type as EventTypeOf<Topic>, newId(), undefined as never)).toThrow('payload');
    const { payload: _, ...value } = JSON.parse(encodeSample(topic, type).payload) as Record<string, unknown>;
    expect(decodeEvent(topic, bytes(value))).toEqual({
      ok: false,
      reason: expect.stringContaining(`${type}: payload`),
    });
  });
});

describe('F01 a sender and a reader cannot disagree on a field', () => {
  test('its name: neither compiled nor sent', () => {
    expect(() =>
      encodeEvent(FROM, 'payment-event', 'PAYMENT_CONFIRM_REQUEST', newId(), {
        commandId: newId(),
        // @ts-expect-error the field is called amount
        total: 800,
      }),
    ).toThrow('amount');
  });

  test('its type: neither compiled nor sent', () => {
    expect(() =>
      encodeEvent(FROM, 'payment-event', 'PAYMENT_CONFIRM_REQUEST', newId(), {
        commandId: newId(),
        // @ts-expect-error amounts are numbers
        amount: '800',
      }),
    ).toThrow('amount');
  });

  test('a type on the topic of another', () => {
    expect(() =>
      encodeEvent(
        FROM,
        'payment-event',
        // @ts-expect-error RESERVATION_CONFIRM_REQUEST goes on reservation-event
        'RESERVATION_CONFIRM_REQUEST',
        newId(),
        { commandId: newId() },
      ),
    ).toThrow('eventType');
  });

  test('a reader that expects a field which is not there does not compile', () => {
    const decoded = decodeEvent('product-event', bytes(encodeSample('product-event', 'CREATED').payload));
    if (!decoded.ok) throw new Error(decoded.reason);
    // @ts-expect-error the field is called available
    expect(decoded.event.payload.stock).toBeUndefined();
    expect(decoded.event.payload.available).toBe(10);
  });

  test('a key that is not an id is not sent', () => {
    expect(() => encodeSample('product-event', 'CREATED', 'sku-1')).toThrow('UUIDv7');
  });
});

describe('F02 what cannot be read is refused by name', () => {
  const value = JSON.parse(encodeSample('product-event', 'CREATED').payload) as Record<string, unknown>;
  const reasonOf = (message: Uint8Array | null): string => {
    const decoded = decodeEvent('product-event', message);
    return decoded.ok ? 'it was read' : decoded.reason;
  };

  test.each([
    ['no value', null, 'no value'],
    ['an empty value', '', 'not JSON'],
    ['half a message', JSON.stringify(value).slice(0, -5), 'not JSON'],
    ['bare words', 'hello', 'not JSON'],
    ['null', 'null', 'type not listed for product-event: none'],
    ['a number', '12', 'type not listed for product-event: none'],
    ['a list', '[]', 'type not listed for product-event: none'],
    ['no type', '{}', 'type not listed for product-event: none'],
    ['a type of another topic', { ...value, eventType: 'ORDER_PLACED' }, 'product-event: "ORDER_PLACED"'],
    ['a type in lower case', { ...value, eventType: 'created' }, 'product-event: "created"'],
    ['a type that is an object', { ...value, eventType: { a: 1 } }, 'product-event: (object)'],
    ['a type that every object has', { ...value, eventType: 'constructor' }, 'product-event: "constructor"'],
    ['__proto__ as type', { ...value, eventType: '__proto__' }, 'product-event: "__proto__"'],
    ['no key', { ...value, productId: undefined }, 'CREATED: productId'],
    ['a payload that is a list', { ...value, payload: [] }, 'CREATED: payload'],
    ['a number that is too big', JSON.stringify(value).replace('"onHand":10', '"onHand":1e309'), 'payload.onHand'],
    ['half a piece', JSON.stringify(value).replace('"onHand":10', '"onHand":1.5'), 'payload.onHand'],
    ['beyond 2^53', JSON.stringify(value).replace('"onHand":10', '"onHand":9007199254740993'), 'payload.onHand'],
    ['less than nothing', JSON.stringify(value).replace('"onHand":10', '"onHand":-1'), 'payload.onHand'],
  ])('%s', (_, message, reason) => {
    expect(reasonOf(message === null ? null : bytes(message))).toContain(reason);
  });

  test('bytes that are not text', () => {
    expect(reasonOf(Uint8Array.of(0xff, 0xfe, 0x00))).toContain('not JSON');
  });

  test.each(['eventType', 'payload', 'extra'])('a hundred thousand brackets in %s do not break the reader', (field) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const { [field]: _, ...rest } = value;
    const message = `${JSON.stringify(rest).slice(0, -1)},"${field}":${deep}}`;
    // an unknown field is nobody's business, however deep it is
    const expected = { eventType: 'type not listed', payload: 'CREATED: payload', extra: 'it was read' }[field];
    expect(reasonOf(bytes(message))).toContain(expected);
  });

  test('a huge message is refused unread, by its size', () => {
    const huge = bytes({ ...value, extra: 'x'.repeat(MAX_EVENT_BYTES) });
    expect(reasonOf(huge)).toBe(`too large: ${huge.byteLength} bytes`);
  });

  test('prototype keys change nothing and do not come through', () => {
    const message = JSON.stringify(value).replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{}},');
    const decoded = decodeEvent('product-event', bytes(message));
    expect(decoded).toEqual({ ok: true, event: value });
    expect(Object.keys(decoded.ok ? decoded.event : {}).sort()).toEqual(Object.keys(value).sort());
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('the reason is short and can be stored, whatever the message holds', () => {
    for (const message of [
      bytes({ ...value, eventType: 'x'.repeat(10_000) }),
      bytes({ ...value, eventType: `\u0000\ud800${'💥'.repeat(400)}` }),
      Uint8Array.of(0x7b, 0x00, 0x01, 0x7f),
      bytes(`{"a\u0000`),
      bytes('what the parser repeats: \u0000\u001b'),
      bytes('\u0000'),
      bytes({ ...value, eventType: '\u007f\u0085' }),
    ]) {
      const reason = reasonOf(message);
      expect(reason.length).toBeLessThanOrEqual(500);
      expect(reason).toMatch(/^[^\p{Cc}\p{Cs}]+$/u);
    }
  });
});

describe('F04 an event’s id is born once', () => {
  test('it is the outbox row’s, the value’s and the header’s', () => {
    const encoded = encodeSample('catalog-event', 'PRICE_CHANGED');
    const value = JSON.parse(encoded.payload) as Record<string, unknown>;
    expect(idSchema.parse(encoded.eventId)).toBe(encoded.eventId);
    expect(value).toMatchObject({ eventId: encoded.eventId, outboxId: encoded.eventId });
    expect(encoded.headers).toEqual({
      ce_id: encoded.eventId,
      ce_type: 'PRICE_CHANGED',
      ce_source: '/outrider/test',
      ce_specversion: '1.0',
      ce_time: value['occurredAt'],
      'content-type': 'application/json',
      'app-version': '1.2.3',
    });
  });

  test('two events have two ids, in the order in which they were made', () => {
    const ids = Array.from({ length: 1000 }, () => encodeSample('product-event', 'CREATED').eventId);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.toSorted()).toEqual(ids);
  });
});
