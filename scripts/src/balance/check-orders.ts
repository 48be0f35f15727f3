import { isTerminal } from '@outrider/contracts';
import type { BookOrder, Books, Expectations } from './books.js';
import { none, type Check } from './check.js';

/** Every order that was placed is there, once, has ended, and the service shows of it what its database says. */
export function checkOrders({ api, sql }: Books, { placed }: Expectations): Check[] {
  const stored = new Map(sql.orders.map((order) => [order.id, order]));
  return [
    {
      part: 'Orders',
      what: 'placed, and kept',
      by: 'SQL',
      expected: placed.size,
      seen: [...placed].filter((id) => stored.has(id)).length,
    },
    none('Orders', 'not ended', 'SQL', sql.orders.filter(({ status }) => !isTerminal(status)).map(told)),
    none('Orders', 'placed twice', 'SQL', duplicateOrders({ sql }, placed)),
    {
      part: 'Orders',
      what: 'shown as they are stored',
      by: 'API and SQL',
      expected: stored.size,
      seen: api.orders.filter((order) => sameOrder(order, stored.get(order.id))).length,
    },
  ];
}

function told({ id, status }: BookOrder): string {
  return `${id} is ${status}`;
}

/** Orders of one customer under one name, beside the one that was meant; `placed` are the ids to look for. */
export function duplicateOrders({ sql }: Pick<Books, 'sql'>, placed: ReadonlySet<string>): string[] {
  const named = sql.orders.filter(({ reference }) => reference !== null);
  const groups = Object.groupBy(named, ({ customerId, reference }) => `${customerId} ${reference}`);
  return Object.values(groups)
    .filter((group) => group !== undefined && group.length > 1 && group.some(({ id }) => placed.has(id)))
    .flatMap((group) => group?.slice(1).map(({ id, reference }) => `${reference} again as ${id}`) ?? []);
}

function sameOrder(one: BookOrder, other: BookOrder | undefined): boolean {
  return (
    other !== undefined &&
    one.status === other.status &&
    one.total === other.total &&
    one.refundedTotal === other.refundedTotal &&
    one.currency === other.currency &&
    one.customerId === other.customerId
  );
}
