import { GOOD_BEHAVIOUR, type Behaviour } from './behaviour.js';
import { drawer } from './draw.js';
import { Ledger } from './ledger.js';
import { newRefundId, Plans } from './plans.js';
import { Player } from './player.js';
import { refund } from './refund-changes.js';
import { createRoutes, entryOf, type LedgerEntry, type Mischief } from './routes.js';
import { Webhooks, type WebhookCounts, type WebhookTarget } from './webhooks.js';

export { parseBehaviour, type Behaviour } from './behaviour.js';
export { SimulatorError, type SimulatorErrorCode } from './simulator-error.js';
export type { AuthorizationStatus, Dispute, DisputeStatus, Refund, RefundStatus } from './authorization.js';
export { ledgerEntrySchema } from './ledger-line.js';
export type { LedgerEntry } from './routes.js';
export { signWebhook, STRIPE_SIGNATURE_HEADER, WEBHOOK_SIGNATURE_HEADER } from './sign-webhook.js';
export type { WebhookCounts, WebhookTarget } from './webhooks.js';

/** Of the webhooks, so many come before the answer of the request that they report. */
const EARLY_PERCENT = 50;

export interface SimulatorOptions {
  /** made when it is not there; read back when it is */
  readonly ledgerFile: string;
  readonly host?: string;
  /** 0 takes a free one */
  readonly port?: number;
  /** decides which requests misbehave */
  readonly seed?: number;
  readonly behaviour?: Partial<Behaviour>;
  /** ms that an answer waits after what it reports has been done */
  readonly latencyMs?: number;
  /** how much later an answer comes of a request that times out, in ms */
  readonly timeoutMs?: number;
  /** how long after what it follows from, in ms, something happens by itself: see `pending`, `returned`, `dashboard` */
  readonly laterMs?: number;
  /** how long a key repeats its answer, in ms; then it is a new request. Never forgotten without it */
  readonly keysForgottenAfterMs?: number | undefined;
  /** where events are sent; none are without it */
  readonly webhooks?: WebhookTarget;
  /** where events of payments are sent that were asked for in Stripe's way; none are without it */
  readonly stripeWebhooks?: WebhookTarget;
  /** each write waits for the disk; without, what was answered survives the process but not the machine */
  readonly fsync?: boolean;
  readonly onUnexpected?: (error: unknown) => void;
}

export interface Simulator {
  readonly url: string;
  /** every authorisation there is, oldest first */
  ledger(): Promise<LedgerEntry[]>;
  /** what became of the webhooks of this process */
  webhooks(): WebhookCounts;
  close(): Promise<void>;
}

/**
 * Starts a payment provider that keeps its books in a file, and goes on exactly where another on that file stopped or
 * was killed.
 *
 * @throws SimulatorError LEDGER_CORRUPT when the file is no ledger
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const seed = options.seed ?? 1;
  const behaviour = { ...GOOD_BEHAVIOUR, ...options.behaviour };
  const plans = new Plans({ seed, behaviour, laterMs: options.laterMs ?? 1_000 });
  const ledger = await Ledger.open(options.ledgerFile, {
    fsync: options.fsync ?? false,
    keysForgottenAfterMs: options.keysForgottenAfterMs,
    plan: (...change) => plans.after(...change),
  });
  const draws = {
    declines: drawer(seed, 'declines'),
    actions: drawer(seed, 'actions'),
    timeouts: drawer(seed, 'timeouts'),
    duplicates: drawer(seed, 'duplicates'),
    forged: drawer(seed, 'forged'),
    early: drawer(seed, 'early'),
  };
  const webhooks = new Webhooks(options.webhooks, options.stripeWebhooks);
  const closing = new AbortController();
  const onUnexpected = (error: unknown): void => {
    // requests that still run when it closes find the file closed, and nobody waits for their answers
    if (!closing.signal.aborted) options.onUnexpected?.(error);
  };
  const mischiefOf = (number: number): Mischief => ({
    timeout: draws.timeouts(number, behaviour.timeouts),
    duplicate: draws.duplicates(number, behaviour.duplicates),
    forged: draws.forged(number, behaviour.forged),
    early: draws.early(number, EARLY_PERCENT),
  });
  const player = new Player(
    ledger,
    plans,
    (decision) => {
      if (decision.kind !== 'done' || decision.number === null) return;
      void webhooks.tell(decision, mischiefOf(decision.number));
    },
    onUnexpected,
  );
  player.arrange();
  const app = createRoutes({
    ledger,
    webhooks,
    beginning(actUrl) {
      const number = ledger.counts().authorizations;
      if (draws.declines(number, behaviour.declines)) {
        return { status: 'DECLINED', reason: 'card_declined', redirectUrl: null };
      }
      if (draws.actions(number, behaviour.actions)) {
        return { status: 'REQUIRES_ACTION', reason: null, redirectUrl: actUrl };
      }
      return { status: 'AUTHORIZED', reason: null, redirectUrl: null };
    },
    refunding: ({ amount, metadata = {} }) =>
      refund({
        id: newRefundId(),
        amount,
        status: plans.refundBegins(ledger.counts()),
        metadata,
        by: 'api',
        createdAt: ledger.now(),
      }),
    onDecided: () => player.arrange(),
    mischiefOf,
    latencyMs: options.latencyMs ?? 0,
    timeoutMs: options.timeoutMs ?? 30_000,
    closing: closing.signal,
    onUnexpected,
  });
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    ledger: async () => (await ledger.all()).map(entryOf),
    webhooks: () => webhooks.counts(),
    async close() {
      closing.abort();
      await app.close();
      await player.close();
      await webhooks.close();
      await ledger.close();
    },
  };
}
