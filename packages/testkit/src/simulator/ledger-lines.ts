import type { Authorization } from './authorization.js';
import type { LedgerFile, ReadLine } from './ledger-file.js';
import { lineSchema, type Line } from './ledger-line.js';
import { SimulatorError } from './simulator-error.js';

/** How many lines are kept: what was written a moment ago is mostly what is asked for. A prime, so that places are spread. */
const KEPT = 509;

/** The lines of a ledger by their places in its file. */
export class LedgerLines {
  readonly #kept: ({ readonly place: number; readonly line: Line } | undefined)[] = Array.from({ length: KEPT });

  constructor(private readonly file: LedgerFile) {}

  /** @throws SimulatorError LEDGER_CORRUPT when there is none: another program has changed the file */
  at(place: number): Line {
    const kept = this.#kept[place % KEPT];
    if (kept?.place === place) return kept.line;
    const line = lineSchema.safeParse(this.file.read(place));
    if (!line.success) throw changed(place);
    this.keep(place, line.data);
    return line.data;
  }

  /** The authorisation in a line that has one. */
  authorizationAt(place: number): Authorization {
    const { authorization } = this.at(place);
    if (authorization === undefined) throw changed(place);
    return authorization;
  }

  keep(place: number, line: Line): void {
    this.#kept[place % KEPT] = { place, line };
  }
}

/**
 * A line of a file that is opened.
 *
 * @throws SimulatorError LEDGER_CORRUPT when it is none of a ledger
 */
export function readLine({ value, number }: ReadLine, path: string): Line {
  const line = lineSchema.safeParse(value);
  if (line.success) return line.data;
  const [issue] = line.error.issues;
  const why = issue?.code === 'custom' ? ` (${issue.message}; start with a new file)` : '';
  throw new SimulatorError('LEDGER_CORRUPT', `Line ${number} of ${path} is not a line of a ledger${why}.`);
}

function changed(place: number): SimulatorError {
  return new SimulatorError('LEDGER_CORRUPT', `At byte ${place} of the ledger is not what was written there.`);
}
