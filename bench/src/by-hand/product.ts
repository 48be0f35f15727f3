import { newId } from '@outrider/contracts';
import type { Redis } from 'ioredis';
import type { Database, Sql } from './database.js';
import { Refusal, type Answer, type Caller, type Request, type Routes } from './http.js';
import type { Message } from './inbox.js';
import { append, eventsOf, type Notifier } from './outbox.js';

export const PRODUCT_TABLES = `
CREATE TABLE product (id uuid PRIMARY KEY, sku text NOT NULL UNIQUE, key text NOT NULL, name text NOT NULL, price bigint NOT NULL,
  currency text NOT NULL, version int NOT NULL DEFAULT 1);
CREATE TABLE stock (product_id uuid PRIMARY KEY, available int NOT NULL, version int NOT NULL, as_of timestamptz NOT NULL) WITH (fillfactor=60);`;

const event = eventsOf('product');
const VIEW = `SELECT p.id,p.sku,p.name,p.price,p.currency,false AS retired,p.version,s.available AS stock,s.as_of AS "stockAsOf"
  FROM product p LEFT JOIN stock s ON s.product_id=p.id`;
// an older level changes nothing
const WRITE_NEWER = `for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or tonumber(string.match(held, '^%d+')) < tonumber(ARGV[2 * i - 1]) then
    redis.call('SET', key, ARGV[2 * i - 1] .. ' ' .. ARGV[2 * i], 'EX', 600)
  end
end`;

export class Products {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly redis: Redis,
    private readonly redisPrefix: string,
    private readonly authenticate: (request: Request) => Caller,
  ) {}

  readonly routes: Routes = {
    'POST /products': (request) => this.#register(request),
    'GET /products': (request) => this.#read(request),
  };

  async handle(sql: Sql, messages: readonly Message[]): Promise<void> {
    await sql(
      `INSERT INTO stock SELECT DISTINCT ON (p) * FROM unnest($1::uuid[],$2::int[],$3::int[],$4::timestamptz[]) f(p,a,v,t) ORDER BY p, v DESC
       ON CONFLICT (product_id) DO UPDATE SET available=excluded.available, version=excluded.version, as_of=excluded.as_of
       WHERE excluded.version>stock.version`,
      [
        messages.map(({ productId }) => productId),
        messages.map(({ payload }) => payload['available']),
        messages.map(({ payload }) => payload['version']),
        messages.map(() => new Date()),
      ],
    );
  }

  committed(messages: readonly Message[]): void {
    const keys = messages.map(({ productId }) => `${this.redisPrefix}${productId}`);
    const levels = messages.flatMap(({ payload }) => [Number(payload['version']), Number(payload['available'])]);
    // a level that is not written ends by itself
    if (keys.length > 0) this.redis.eval(WRITE_NEWER, keys.length, ...keys, ...levels).catch(() => undefined);
  }

  async #register(request: Request): Promise<Answer> {
    if (!this.authenticate(request).admin) throw new Refusal(403, 'forbidden');
    const key = String(request.headers['idempotency-key']);
    const { sku, name, price, currency, initialStock } = JSON.parse(request.body) as Record<string, string | number>;
    const id = newId();
    await this.database.transaction(async (sql) => {
      const made = await sql(
        `INSERT INTO product(id,sku,key,name,price,currency) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING RETURNING id`,
        [id, sku, key, name, price, currency],
      );
      const facts = { sku, name, price, currency, version: 1, initialStock };
      if (made.length > 0) await append(sql, [event('catalog-event', 'PRODUCT_REGISTERED', id, facts)]);
    });
    this.notifier.committed();
    const [row] = await this.database.sql<{ id: string }>(`${VIEW} WHERE p.sku=$1 AND p.key=$2`, [sku, key]);
    if (row === undefined) throw new Refusal(409, 'sku-taken');
    return { status: 201, body: row };
  }

  async #read({ url }: Request): Promise<Answer> {
    const sku = url.searchParams.get('sku');
    const ids = url.searchParams.get('ids')?.split(',') ?? [];
    const data =
      sku === null
        ? await this.database.sql(`${VIEW} WHERE p.id=ANY($1::uuid[])`, [ids])
        : await this.database.sql(`${VIEW} WHERE p.sku=$1`, [sku]);
    return { status: 200, body: { data, has_more: false } };
  }
}
