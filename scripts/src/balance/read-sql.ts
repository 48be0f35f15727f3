import pg from 'pg';
import type { UpFile } from '../run/up-file.js';
import type { BookPayment, Books, BookRead, BookReservation, BookStock, StoredOrder } from './books.js';
import { ORDERS, PAYMENTS, PRICED, READS, RESERVATIONS, STOCK } from './statements.js';

/** What stands in the four databases. */
export async function readSql({ services }: UpFile): Promise<Books['sql']> {
  const [[orders, priced], [stock, reservations], payments, reads] = await Promise.all([
    connected(
      services.order.databaseUrl,
      async (query) => [await query<StoredOrder>(ORDERS), await query<{ productId: string }>(PRICED)] as const,
    ),
    connected(
      services.inventory.databaseUrl,
      async (query) => [await query<BookStock>(STOCK), await query<BookReservation>(RESERVATIONS)] as const,
    ),
    connected(services.payment.databaseUrl, (query) => query<BookPayment>(PAYMENTS)),
    connected(services.product.databaseUrl, (query) => query<BookRead>(READS)),
  ]);
  return { orders, priced: priced.map(({ productId }) => productId), stock, reservations, payments, reads };
}

type Query = <R extends object>(text: string) => Promise<R[]>;

async function connected<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // One snapshot for all that is read here.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await work(async <R extends object>(text: string) => (await client.query<R>(text)).rows);
  } finally {
    await client.end();
  }
}
