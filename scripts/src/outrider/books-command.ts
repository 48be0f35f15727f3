import type { BookDifference } from '@outrider/contracts';
import { readBooks } from '../books/read-books.js';
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
  let differences: readonly BookDifference[];
  try {
    const { services } = await readUpFile(runRoot());
    differences = await readBooks(services, { from: begin, to });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  new Shown(json === true).result(differences, (screen) => {
    if (differences.length > 0) {
      screen.rows([
        ['kind', 'of', 'expected', 'seen'],
        ...differences.map(({ kind, orderId, productId, expected, seen }) => [
          kind,
          orderId === null ? `product ${productId ?? '-'}` : `order ${orderId}`,
          oneLine(expected),
          oneLine(seen),
        ]),
      ]);
    }
    screen.line(differences.length === 0 ? 'The books agree.' : `${plural(differences.length, 'difference')}.`);
  });
  return differences.length === 0 ? 0 : 1;
}
