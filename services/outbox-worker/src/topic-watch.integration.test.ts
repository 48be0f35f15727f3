import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { plainKafka } from '@outrider/connections';
import { TOPICS } from '@outrider/contracts';
import { createLogger } from '@outrider/service-kit/logging';
import { createMetrics } from '@outrider/service-kit/metrics';
import { createTopics, deleteTopics, freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { TopicWatch } from './topic-watch.js';

const TOPIC = 'order-event';
const MORE = TOPICS[TOPIC].partitions + 3;

test('partitions added to a live topic make the worker unready, and show as a metric, until they are gone', async () => {
  const brokers = [...(await sharedInfra()).brokers];
  const prefix = freshTopicPrefix();
  // missing topics are not reported
  await createTopics(brokers, [prefix + TOPIC], TOPICS[TOPIC].partitions);
  const admin = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { registry } = createMetrics('0.1.0');
  const config = { KAFKA: plainKafka(brokers), KAFKA_TOPIC_PREFIX: prefix };
  const watch = new TopicWatch(config, registry, createLogger('test', 'silent'));
  const reason = (): Promise<string> =>
    watch.check.check().then(
      () => 'ok',
      (error: Error) => error.message,
    );
  const until = async (wanted: string): Promise<void> => {
    for (let looks = 0; (await reason()) !== wanted; looks += 1) {
      if (looks > 1_000) expect(await reason()).toBe(wanted);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const unexpected = async (): Promise<number | undefined> => {
    const [metric] = (await registry.getMetricsAsJSON()).filter(
      ({ name }) => name === 'kafka_topic_partitions_unexpected',
    );
    return metric?.values.find(({ labels }) => labels['topic'] === TOPIC)?.value;
  };
  try {
    watch.start(100);
    expect(await reason()).toBe('ok');
    await admin.createPartitions({ topicPartitions: [{ topic: prefix + TOPIC, count: MORE }] });
    await until(`${prefix}${TOPIC} has ${MORE} partitions, not ${TOPICS[TOPIC].partitions}: see docs/runbook.md`);
    expect(await unexpected()).toBe(3);
    await admin.deleteTopics({ topics: [prefix + TOPIC] });
    await until('ok');
    expect(await unexpected()).toBe(0);
  } finally {
    await watch.close();
    await admin.disconnect();
    await deleteTopics(brokers, [prefix + TOPIC]).catch(() => undefined);
  }
});

test('F37 it is closed without waiting for an answer of a broker that gives none', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const broker = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { registry } = createMetrics('0.1.0');
  const config = { KAFKA: plainKafka([broker]), KAFKA_TOPIC_PREFIX: '' };
  const watch = new TopicWatch(config, registry, createLogger('test', 'silent'));
  watch.start();
  const [asked] = (await once(silent, 'connection')) as [Socket];
  asked.resume();
  await watch.close();
  // what the client had closed by then would be known here
  await sleep(200);
  expect(asked.readyState).toBe('open');
  asked.destroy();
  silent.close();
});
