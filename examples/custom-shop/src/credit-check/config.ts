import { kafkaSettings } from '@outrider/connections';
import { logLevel, topicPrefix } from '@outrider/service-kit/config';
import { z } from 'zod';

/** The settings of the credit check, by the names of their environment variables. It has no database. */
export const creditCheckConfig = z.object({
  KAFKA: kafkaSettings,
  KAFKA_TOPIC_PREFIX: topicPrefix,
  LOG_LEVEL: logLevel,
});
export type CreditCheckConfig = z.infer<typeof creditCheckConfig>;
