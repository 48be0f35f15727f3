import { execFile } from 'node:child_process';
import { bookDifferenceSchema, type BookDifference } from '@outrider/contracts';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { mainOf, RECONCILER } from '../installation/layout.js';
import type { UpFile } from '../run/up-file.js';

const LONGEST_OUTPUT = 256 * 1024 * 1024;

const time = z.iso.datetime().nullable();
const ledgerLineSchema = z.object({
  ledger: z
    .object({
      provider: z.string(),
      /** whether it lists its payments; what it does not list is not checked */
      lists: z.boolean(),
      checkedAt: time,
      /** the orders that were looked at, by when they were placed */
      checkedFrom: time,
      checkedTo: time,
      /** how far back older ones were looked at again */
      sweptTo: time,
    })
    .nullable(),
});
/** How the payment provider's ledger was checked; null where it never was. */
export type LedgerState = z.infer<typeof ledgerLineSchema>['ledger'];

/** What is known of the books. */
export interface ReadBooks {
  readonly differences: readonly BookDifference[];
  readonly ledger: LedgerState;
}

/** By when orders were placed, ISO 8601; unbounded where it says nothing. */
export interface BookSpan {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * Has the reconciler's own program look once, so that a person sees what it sees.
 * @throws CommandError when it could not look
 */
export async function readBooks(
  { databases }: Pick<UpFile, 'databases'>,
  { from = '-', to = '-' }: BookSpan = {},
): Promise<ReadBooks> {
  const { NODE_OPTIONS: _ours, ...inherited } = process.env;
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [mainOf(RECONCILER), 'check', from, to],
      { env: { ...inherited, DATABASES_DIR: databases.reader }, maxBuffer: LONGEST_OUTPUT },
      (error, stdout, stderr) => {
        // 3: it has looked, and there are differences
        if (error === null || error.code === 3) resolve(stdout);
        else reject(new CommandError(`The books could not be read: ${stderr.trim() || error.message}`));
      },
    );
  });
  const lines = output.split('\n').filter((line) => line !== '');
  // the last line is of another kind
  return {
    differences: lines.slice(0, -1).map((line) => bookDifferenceSchema.parse(JSON.parse(line))),
    ledger: ledgerLineSchema.parse(JSON.parse(lines.at(-1) ?? '')).ledger,
  };
}
