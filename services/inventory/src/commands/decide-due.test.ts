import { expect, test } from '@jest/globals';
import { TransientError } from '@outrider/inbox';
import type { Transactor } from '@outrider/service-kit/database';
import { DecideDue } from './decide-due.js';
import type { DecideReservations } from './decide-reservations.js';

/** Reservations by order, each decided well or with an error; all of a transaction are decided or none. */
function due(outcomes: Map<string, Error | undefined>) {
  const decided: string[] = [];
  const skipped: (readonly string[])[] = [];
  const logged: string[] = [];
  const transactor = { run: async (work: (tx: object) => Promise<unknown>) => work({ sql: {} }) };
  const decide = {
    execute: async (_tx: object, inputs: readonly { readonly orderId: string }[]) => {
      for (const { orderId } of inputs) {
        const error = outcomes.get(orderId);
        if (error !== undefined) throw error;
      }
      return async () => void decided.push(...inputs.map(({ orderId }) => orderId));
    },
  };
  const command = new DecideDue({
    transactor: transactor as unknown as Transactor,
    decide: decide as unknown as DecideReservations,
    log: { error: (fields: unknown) => logged.push((fields as { orderId: string }).orderId) },
  });
  const round = () =>
    command.execute(async (_sql, _limit, except) => {
      skipped.push(except);
      return [...outcomes.keys()].filter((id) => !except.includes(id) && !decided.includes(id));
    });
  return { round, decided, skipped, logged };
}

const BROKEN = new RangeError('its stock was changed by hand');
const AWAY = new TransientError('the database is away');

test('one that cannot be decided keeps no other back, and is left out for a while', async () => {
  const { round, decided, skipped, logged } = due(
    new Map([
      ['broken', BROKEN],
      ['good', undefined],
    ]),
  );
  await round();
  await round();
  expect([decided, logged, skipped]).toEqual([['good'], ['broken'], [[], ['broken']]]);
});

test('one that could not be decided because the database was away is not left out', async () => {
  const outcomes = new Map<string, Error | undefined>([
    ['good', undefined],
    ['broken', BROKEN],
    ['away', AWAY],
  ]);
  const { round, decided, skipped, logged } = due(outcomes);
  // together they fail by the one that is broken; then, each by itself, the database goes away
  await expect(round()).rejects.toBe(AWAY);
  outcomes.set('away', undefined);
  await round();
  expect([decided, logged, skipped]).toEqual([['good', 'away'], ['broken'], [[], ['broken']]]);
});
