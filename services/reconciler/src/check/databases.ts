import type { PostgresServer } from '@outrider/connections';
import { ReadOnlyDatabase } from '../databases/read-only.js';

/** The services whose books are compared. */
export const BOOK_KEEPERS = ['order', 'inventory', 'payment', 'product'] as const;
export type BookKeeper = (typeof BOOK_KEEPERS)[number];

/** The four databases. */
export type Databases = Readonly<Record<BookKeeper, ReadOnlyDatabase>>;

/**
 * @param servers by service; nothing is connected before it is needed
 * @param maxAgeMs how long a connection is kept at the longest
 */
export function openDatabases(servers: Readonly<Record<BookKeeper, PostgresServer>>, maxAgeMs: number): Databases {
  const open = (name: BookKeeper): ReadOnlyDatabase => new ReadOnlyDatabase(name, servers[name], maxAgeMs);
  return { order: open('order'), inventory: open('inventory'), payment: open('payment'), product: open('product') };
}

export async function closeDatabases(databases: Databases): Promise<void> {
  await Promise.all(BOOK_KEEPERS.map((name) => databases[name].close()));
}
