import { clientOf, databasesOf } from '@outrider/connections';
import pg from 'pg';
import { CommandError } from '../cli/errors.js';
import type { Service } from '../installation/layout.js';
import type { UpFile } from '../run/up-file.js';
import type { BookPayment, Books, BookRead, BookReservation, BookStock, StoredOrder } from './books.js';
import { readSnapshot, type Query } from './read-snapshot.js';
import { ORDERS, PAYMENTS, PRICED, READS, RESERVATIONS, STOCK } from './statements.js';

/** What stands in the four databases. */
export async function readSql({ databases }: Pick<UpFile, 'databases'>): Promise<Books['sql']> {
  const { reader } = databases;
  const [[orders, priced], [stock, reservations], payments, reads] = await Promise.all([
    connected(
      reader,
      'order',
      async (query) => [await query<StoredOrder>(ORDERS), await query<{ productId: string }>(PRICED)] as const,
    ),
    connected(
      reader,
      'inventory',
      async (query) => [await query<BookStock>(STOCK), await query<BookReservation>(RESERVATIONS)] as const,
    ),
    connected(reader, 'payment', (query) => query<BookPayment>(PAYMENTS)),
    connected(reader, 'product', (query) => query<BookRead>(READS)),
  ]);
  return { orders, priced: priced.map(({ productId }) => productId), stock, reservations, payments, reads };
}

async function connected<T>(folder: string, service: Service, work: (query: Query) => Promise<T>): Promise<T> {
  const server = databasesOf(folder).find(({ name }) => name === service)?.server;
  if (server === undefined) throw new CommandError(`${folder} says nothing of the database of ${service}.`);
  return readSnapshot(clientOf(server, pg.Client), work);
}
