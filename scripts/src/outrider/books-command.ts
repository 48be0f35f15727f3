import { readBooks, type LedgerState, type ReadBooks } from './read-books.js';
import { CommandError, UsageError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';
import { oneLine, Shown } from './shown.js';

export interface BooksOptions {
  /** ms */
  readonly since?: number;
  readonly from?: string;
  readonly to?: string;
  readonly json?: true;
}

/** Lists every difference between the books. Answers 0 when there is none, 1 when there is, 2 when it could not look. */
export async function books({ since, from, to, json }: BooksOptions): Promise<number> {
  if (since !== undefined && from !== undefined) throw new UsageError('say --since or --from, not both.');
  const begin = since === undefined ? from : new Date(Date.now() - since).toISOString();
  let read: ReadBooks;
  try {
    read = await readBooks(await readUpFile(runRoot()), { from: begin, to });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const { differences, ledger } = read;
  new Shown(json === true).result(differences, (screen) => {
    if (differences.length > 0) {
      screen.rows([
        ['kind', 'of', 'expected', 'seen'],
        ...differences.map(({ kind, orderId, productId, charge, expected, seen }) => [
          kind,
          about(orderId, productId, charge),
          oneLine(expected),
          oneLine(seen),
        ]),
      ]);
    }
    screen.line(told(ledger));
    screen.line(differences.length === 0 ? 'The books agree.' : `${plural(differences.length, 'difference')}.`);
  });
  return differences.length === 0 ? 0 : 1;
}

function about(orderId: string | null, productId: string | null, charge: string | null): string {
  if (orderId === null) return productId === null ? '-' : `product ${productId}`;
  return charge === null ? `order ${orderId}` : `order ${orderId}, charge ${oneLine(charge)}`;
}

/** Up to when what is said of the provider's ledger holds. */
function told(ledger: LedgerState): string {
  if (ledger?.lists === false)
    return `${oneLine(ledger.provider)} does not list its payments: its ledger is not checked.`;
  if (ledger === null || ledger.checkedAt === null) return 'The ledger of the provider was not checked yet.';
  const { provider, checkedAt, checkedFrom, checkedTo, sweptTo } = ledger;
  const span = `orders from ${checkedFrom ?? '-'} to ${checkedTo ?? '-'}`;
  const swept = sweptTo === null ? '' : `; older ones are looked at again, now back to ${sweptTo}`;
  return `The ledger of ${oneLine(provider)} was checked at ${checkedAt}: ${span}${swept}.`;
}
