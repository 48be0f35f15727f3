import { GOOD_BEHAVIOUR, type Behaviour } from './behaviour.js';
import { drawer } from './draw.js';
import { Ledger } from './ledger.js';
import { createRoutes, entryOf, type LedgerEntry } from './routes.js';

export { parseBehaviour, type Behaviour } from './behaviour.js';
export { SimulatorError, type SimulatorErrorCode } from './simulator-error.js';
export type { AuthorizationStatus } from './authorization.js';
export type { LedgerEntry } from './routes.js';

export interface SimulatorOptions {
  /** made when it is not there; read back when it is */
  readonly ledgerFile: string;
  readonly host?: string;
  /** 0 takes a free one */
  readonly port?: number;
  /** decides which requests misbehave */
  readonly seed?: number;
  readonly behaviour?: Behaviour;
  /** ms that an answer waits after what it tells of has been done */
  readonly latencyMs?: number;
  /** each write waits for the disk; without, what was answered survives the process but not the machine */
  readonly fsync?: boolean;
  readonly onUnexpected?: (error: unknown) => void;
}

export interface Simulator {
  readonly url: string;
  /** every authorisation there is, oldest first */
  ledger(): Promise<LedgerEntry[]>;
  close(): Promise<void>;
}

/**
 * Starts a payment provider that keeps its books in a file, and goes on exactly where another on that file stopped or
 * was killed.
 *
 * @throws SimulatorError LEDGER_CORRUPT when the file is no ledger
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const ledger = await Ledger.open(options.ledgerFile, options.fsync ?? false);
  const declines = drawer(options.seed ?? 1, 'declines');
  const { declines: percent } = options.behaviour ?? GOOD_BEHAVIOUR;
  const app = createRoutes({
    ledger,
    declined: () => (declines(ledger.size, percent) ? 'card_declined' : null),
    latencyMs: options.latencyMs ?? 0,
    onUnexpected: options.onUnexpected ?? (() => {}),
  });
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    ledger: async () => (await ledger.all()).map(entryOf),
    async close() {
      await app.close();
      await ledger.close();
    },
  };
}
