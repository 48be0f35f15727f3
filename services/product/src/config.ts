import { milliseconds, paymentProvider } from '@outrider/service-kit/config';
import { redisSettings } from '@outrider/connections';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';

/** The longest that a stock level may be served after it was read from the database, in milliseconds. */
const STOCK_TIME_MS = 60_000;

export const productConfig = z.object({
  ...serviceSettings,
  /** a price that it could never charge is refused */
  PAYMENT_PROVIDER: paymentProvider,
  REDIS: redisSettings,
  /** in front of every key, so that several installations share one Redis */
  REDIS_PREFIX: z
    .string()
    .regex(/^[\x21-\x7e]{0,100}$/u, 'must be printable characters')
    .default(''),
  /** a read does not wait longer than this for Redis before it asks the database */
  REDIS_TIMEOUT_MS: milliseconds.max(5_000).default(100),
  STOCK_TIME_MS: milliseconds.max(STOCK_TIME_MS).default(STOCK_TIME_MS),
  /** how often a process looks whether another one invalidated the keys in Redis */
  GENERATION_POLL_MS: milliseconds.default(5_000),
  /** how often to look whether the catalogue must be restated, after its database was restored */
  RESTATE_POLL_MS: milliseconds.default(5_000),
});
export type ProductConfig = z.infer<typeof productConfig>;
