import { eventCountSchema, deadLetterPageSchema, retriedSchema } from '@outrider/contracts';
import kafkajs from 'kafkajs';
import { AdminClient } from '../outrider/admin-client.js';
import type { Cause } from './cause.js';
import type { Drilled } from './drilled.js';

/** More than ten in a quarter of an hour is a kind of event, and not one. */
const POISONED = 12;

const adminOf = ({ up }: Drilled, service: 'order' | 'product'): AdminClient =>
  new AdminClient(
    service,
    async () => up.services[service].metricsUrls.map((url) => url.replace(/\/metrics$/u, '')),
    up.tokens.admin,
  );

/** Messages that are no events, in a topic of the order service; they are discarded by the admin API. */
export function inboxPoisoned(drilled: Drilled): Cause {
  const topic = 'order-event';
  const offsets: number[] = [];
  return {
    name: 'inbox',
    what: `${POISONED} messages that are no events, in ${topic}; discarded`,
    fires: ['OutriderInboxDeadLetters', 'OutriderDeadLettersGrow'],
    async begin() {
      const producer = drilled.kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      try {
        for (let n = 0; n < POISONED; n += 1) {
          const [sent] = await producer.send({
            topic: drilled.up.kafka.topicPrefix + topic,
            messages: [{ partition: 0, value: 'no event' }],
          });
          offsets.push(Number(sent?.baseOffset));
        }
      } finally {
        await producer.disconnect();
      }
    },
    async end() {
      for (const offset of offsets) {
        const path = `/dead-letters/inbox/${topic}/0/${offset}/discard`;
        await adminOf(drilled, 'order').post(path, eventCountSchema, { reason: 'a drill' });
      }
    },
  };
}

/** The broker takes no event of a topic, however often it is tried; they are sent again by the admin API. */
export function outboxPoisoned(drilled: Drilled): Cause {
  const topic = drilled.up.kafka.topicPrefix + 'catalog-event';
  const allow = async (bytes: number): Promise<void> => {
    const admin = drilled.kafka.admin();
    await admin.connect();
    try {
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
          },
        ],
      });
    } finally {
      await admin.disconnect();
    }
  };
  return {
    name: 'outbox',
    what: 'an event that the broker refuses as too large, five times; the limit raised, and retried',
    fires: ['OutriderOutboxDeadLetters'],
    async begin() {
      await allow(10);
      await drilled.product();
      // the five tries take two and a half minutes by themselves
      while (drilled.pace > 1 && !drilled.signal.aborted) {
        const due = 'UPDATE outbox_key_state SET next_attempt_at = now() WHERE next_attempt_at > now() RETURNING 1';
        const dead = 'SELECT 1 FROM outbox_key_state WHERE parked AND next_attempt_at IS NULL';
        await drilled.sql('product', due);
        if ((await drilled.sql('product', dead)).length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    },
    async end() {
      await allow(1_048_588);
      const admin = adminOf(drilled, 'product');
      const { data } = await admin.get('/dead-letters?source=outbox', deadLetterPageSchema);
      for (const { key } of data) {
        await admin.post(`/dead-letters/outbox/${encodeURIComponent(key ?? '')}/retry`, retriedSchema);
      }
    },
  };
}
