import { createKafka } from '@outrider/service-kit/kafka';
import type { Logger } from '@outrider/service-kit/logging';
import { answerTo } from './answer-checks.js';
import type { CreditCheckConfig } from './config.js';

/** Names the program to Kafka: another name is asked every question again that its topic still has. */
const NAME = 'custom-shop.credit-check';
const FROM = { source: NAME, version: '1' };

export interface RunningCreditCheck {
  /** Finishes the batch in hand and leaves. */
  close(): Promise<void>;
}

/**
 * Begins to answer the checks of orders. Any number of processes may; Kafka shares the partitions out between them. A
 * question counts as read when its answer is written: after a failure it is read and answered once more, which changes nothing.
 */
export async function startCreditCheck(config: CreditCheckConfig, log: Logger): Promise<RunningCreditCheck> {
  const prefix = config.KAFKA_TOPIC_PREFIX;
  const kafka = createKafka({ clientId: NAME, server: config.KAFKA, log });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const consumer = kafka.consumer({
    groupId: prefix + NAME,
    allowAutoTopicCreation: false,
    // whatever it failed of: a check that nobody answers ends the order
    retry: { restartOnFailure: () => Promise.resolve(true) },
  });
  await producer.connect();
  await consumer.connect();
  // what was asked before the program first ran is answered too
  await consumer.subscribe({ topics: [`${prefix}check-event`], fromBeginning: true });
  await consumer.run({
    async eachBatch({ batch }) {
      const messages = batch.messages.flatMap(({ value, offset }) => {
        const answer = answerTo(FROM, value);
        if (typeof answer !== 'string') return [{ key: answer.key, value: answer.payload, headers: answer.headers }];
        log.warn({ partition: batch.partition, offset, reason: answer }, 'a message that asks nothing is passed over');
        return [];
      });
      if (messages.length > 0) await producer.send({ topic: `${prefix}check-answer-event`, acks: -1, messages });
    },
  });
  return {
    async close() {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
}
