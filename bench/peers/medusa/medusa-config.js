const { defineConfig } = require('@medusajs/framework/utils');

// Medusa as its guide for production has it: servers and a worker apart, events, workflows, locks and caches in Redis.
const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, WORKER_MODE: workerMode } = process.env;

module.exports = defineConfig({
  projectConfig: {
    databaseUrl,
    redisUrl,
    workerMode,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: 'http://localhost',
      adminCors: 'http://localhost',
      authCors: 'http://localhost',
      jwtSecret: 'a secret of the bench',
      cookieSecret: 'a secret of the bench',
    },
  },
  admin: { disable: true },
  modules: [
    {
      resolve: '@medusajs/medusa/caching',
      options: {
        providers: [
          { resolve: '@medusajs/caching-redis', id: 'caching-redis', is_default: true, options: { redisUrl } },
        ],
      },
    },
    { resolve: '@medusajs/medusa/event-bus-redis', options: { redisUrl } },
    { resolve: '@medusajs/medusa/workflow-engine-redis', options: { redis: { redisUrl } } },
    {
      resolve: '@medusajs/medusa/locking',
      options: {
        providers: [
          { resolve: '@medusajs/medusa/locking-redis', id: 'locking-redis', is_default: true, options: { redisUrl } },
        ],
      },
    },
  ],
});
