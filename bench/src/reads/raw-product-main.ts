import { fastify } from 'fastify';
import { Redis } from 'ioredis';

/** `node raw-product-main.js <settings as JSON>` */
export interface RawProductSettings {
  readonly port: number;
  readonly redisUrl: string;
  /** in front of a product's id: what is known of it, as JSON */
  readonly factsPrefix: string;
  /** in front of a product's id: `version available time` of its stock */
  readonly stockPrefix: string;
}

// What a product's read could cost at most little: Fastify and ioredis with nothing around them, both parts of a product in
// Redis, read in one round trip, and the answer that the product service gives.
const { port, redisUrl, factsPrefix, stockPrefix } = JSON.parse(process.argv[2] ?? '') as RawProductSettings;
const redis = new Redis(redisUrl);
const app = fastify();
app.get<{ Params: { id: string } }>('/products/:id', async (request, reply) => {
  const { id } = request.params;
  const [facts, level] = await redis.mget(factsPrefix + id, stockPrefix + id);
  if (facts === null || facts === undefined) return reply.code(404).send();
  const product = JSON.parse(facts) as { readonly version: number };
  const [, available, asOf] = level?.split(' ').map(Number) ?? [];
  const stock = available ?? null;
  const stockAsOf = asOf === undefined ? null : new Date(asOf).toISOString();
  return reply
    .header('etag', `"${product.version}"`)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ ...product, stock, stockAsOf }));
});
await app.listen({ port, host: '127.0.0.1' });
