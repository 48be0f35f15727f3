import { expect, test } from '@jest/globals';
import { jsonObject, jsonRows, selectList } from './select-list.js';

interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly reason?: string;
}

const refund = { id: 'r.id::text', amount: 'r.amount', reason: 'r.reason' };

test('each field is selected under its name', () => {
  expect(selectList<Refund>(refund)).toBe('r.id::text AS "id", r.amount AS "amount", r.reason AS "reason"');
  expect(jsonObject<Refund>(refund)).toBe(
    `json_build_object('id', r.id::text, 'amount', r.amount, 'reason', r.reason)`,
  );
  expect(jsonRows<Refund>(refund)).toBe(`coalesce(json_agg(${jsonObject<Refund>(refund)}), '[]')`);
});

test('a field that is left out does not compile, be it an optional one', () => {
  // @ts-expect-error without the reason
  selectList<Refund>({ id: 'r.id', amount: 'r.amount' });
  // @ts-expect-error of another name
  jsonRows<Refund>({ ...refund, why: 'r.why' });
});
