import { sum, type BookDispute, type Books } from './books.js';
import { none, type Check } from './check.js';

/** What the provider withholds for disputes is known to payment and order, each dispute by its id. */
export function checkDisputes({ sql, ledger }: Books): Check[] {
  const payments = new Map(sql.payments.map(({ orderId, disputes }) => [orderId, disputes]));
  const orders = new Map(sql.orders.map(({ id, disputes }) => [id, disputes]));
  const charges = Map.groupBy(
    ledger.flatMap(({ reference, disputes }) => disputes.map((dispute) => ({ reference, dispute }))),
    ({ reference }) => reference,
  );
  const ids = [...new Set([...payments.keys(), ...orders.keys(), ...charges.keys()])];
  const withheld = (disputes: readonly BookDispute[]): number => sum(disputes, ({ withheldAmount }) => withheldAmount);
  return [
    {
      part: 'Money',
      what: 'withheld by the provider for disputes',
      by: 'SQL',
      expected: withheld(ledger.flatMap(({ disputes }) => disputes)),
      seen: withheld(sql.orders.flatMap(({ disputes }) => disputes)),
      money: true,
    },
    none(
      'Money',
      'disputes that differ from the provider’s',
      'API and SQL',
      ids.flatMap((id) => {
        const theirs = shown((charges.get(id) ?? []).map(({ dispute }) => dispute));
        return [orders.get(id) ?? [], payments.get(id) ?? []].some((ours) => shown(ours) !== theirs)
          ? [`order ${id}: ${theirs || 'none'}`]
          : [];
      }),
    ),
  ];
}

function shown(disputes: readonly BookDispute[]): string {
  return disputes
    .map(({ id, status, amount, withheldAmount }) => `${id} ${status} ${amount} ${withheldAmount}`)
    .toSorted()
    .join(', ');
}
