import { BullMQJobQueuePlugin } from '@vendure/job-queue-plugin/package/bullmq/index.js';
import { DefaultLogger, dummyPaymentHandler, LogLevel, RedisCachePlugin } from '@vendure/core';

// Vendure as its guides for production have it: several servers and a worker, sessions, caches and jobs in Redis.
export function configOf({ postgresUrl, redisUrl, port = 0, synchronize = false }) {
  const redis = new URL(redisUrl);
  const connection = { host: redis.hostname, port: Number(redis.port), maxRetriesPerRequest: null };
  return {
    apiOptions: { port, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
      tokenMethod: 'bearer',
      superadminCredentials: { identifier: 'admin', password: 'a password of the bench' },
      cookieOptions: { secret: 'a secret of the bench' },
    },
    dbConnectionOptions: { type: 'postgres', url: postgresUrl, synchronize, logging: false, poolSize: 20 },
    logger: new DefaultLogger({ level: LogLevel.Warn }),
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    plugins: [
      RedisCachePlugin.init({ namespace: 'bench', redisOptions: connection }),
      BullMQJobQueuePlugin.init({ connection }),
    ],
  };
}
