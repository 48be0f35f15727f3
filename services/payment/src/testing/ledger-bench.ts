import { newId } from '@outrider/contracts';
import type { PaymentBench } from './payment-bench.js';

/** A difference as it is kept. */
export interface KeptDifference {
  readonly kind: string;
  readonly orderId: string;
  readonly reference: string;
  readonly expected: string;
  readonly seen: string;
}

/** Looks all the time, and grants next to nothing: what it takes for a difference under load would be a false alarm. */
export const IMPATIENT = {
  PAYMENT_SCAN_MS: '50',
  PAYMENT_LEDGER_EVERY_MS: '1',
  PAYMENT_LEDGER_GRACE_MS: '300',
  PAYMENT_LEDGER_PER_SECOND: '1000',
  // each difference is an error in the log
  LOG_LEVEL: 'silent',
};

/** What tests of the check of the ledger ask of a payment service, and do to its provider's books. */
export function ledgerBench(bench: PaymentBench) {
  const { service } = bench;
  const differences = (): Promise<KeptDifference[]> =>
    service.sql<KeptDifference>(
      `SELECT kind, order_id AS "orderId", reference, expected, seen FROM ledger_difference ORDER BY kind, first_seen`,
    );
  const count = async (name: string): Promise<number> => {
    const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
    const lines = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gmu'));
    return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return {
    differences,
    /** how many differences were ever found, whether they stand or not */
    everFound: () => count('payment_ledger_found_total'),
    requests: () => count('payment_ledger_requests_total'),
    checkedAt: async () => (await service.sql<{ at: Date | null }>('SELECT checked_at AS at FROM ledger_check'))[0]?.at,
    /** Waits until all there is was looked at from now on. */
    async checked(): Promise<void> {
      const [{ now } = { now: 0 }] = await service.sql<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
      );
      await service.until('the whole ledger was checked', async () => {
        const rows = await service.sql(
          `SELECT FROM ledger_check WHERE (recent->>'to')::float8 > $1 AND (sweep->>'to')::float8 > $1
             AND (sweep->>'reached')::float8 <= (sweep->>'from')::float8`,
          [now],
        );
        return rows.length === 1;
      });
    },
    /** Waits until the differences are those, by kind and order. */
    async differ(expected: readonly (readonly [kind: string, orderId: string])[]): Promise<KeptDifference[]> {
      let found: KeptDifference[] = [];
      const key = (one: readonly [string, string]): string => one.join(' ');
      const wanted = expected.map(key).toSorted().join();
      await service.until(`what differs is ${wanted}`, async () => {
        found = await differences();
        return (
          found
            .map(({ kind, orderId }) => key([kind, orderId]))
            .toSorted()
            .join() === wanted
        );
      });
      return found;
    },
    /** What somebody else asks of the provider, past the payment service. */
    async provider(path: string, body: object): Promise<{ id: string }> {
      const response = await fetch(bench.simulator.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': newId() },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as { id: string };
    },
    async captured(): Promise<{ orderId: string; reference: string }> {
      const orderId = newId();
      await bench.create(orderId);
      await bench.answered(orderId, 1);
      await bench.confirm(orderId);
      await bench.answered(orderId, 2);
      return { orderId, reference: (await bench.payment(orderId)).providerReference ?? '' };
    },
  };
}
export type LedgerBench = ReturnType<typeof ledgerBench>;

/**
 * A line of the simulator's books: a payment of that time that was declined, which nobody here knows of, and which holds
 * nothing.
 * @param time ms since 1970
 */
export function declinedLine(time: number): string {
  const at = new Date(time).toISOString();
  const authorization = {
    id: `auth_${newId()}`,
    reference: newId(),
    amount: 5,
    currency: 'EUR',
    status: 'DECLINED',
    capturedAmount: 0,
    refundedAmount: 0,
    reason: 'card_declined',
    redirectUrl: null,
    createdAt: at,
    stripe: null,
  };
  return JSON.stringify({ key: newId(), fingerprint: 'none', at, authorization });
}
