import { kafkaClient, logLevel, topicPrefix } from '@outrider/service-kit/config';
import { kafkaSettings, postgresSettings } from '@outrider/connections';
import { z } from 'zod';

/** The warehouse's settings, by the names of their environment variables. */
export const warehouseConfig = z.object({
  DATABASE: postgresSettings,
  KAFKA: kafkaSettings,
  KAFKA_CLIENT: kafkaClient,
  KAFKA_TOPIC_PREFIX: topicPrefix,
  LOG_LEVEL: logLevel,
});
export type WarehouseConfig = z.infer<typeof warehouseConfig>;
