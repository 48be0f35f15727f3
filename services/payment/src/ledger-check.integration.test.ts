import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { claimCheck } from './persistence/statements/ledger-check.js';
import { declinedLine, IMPATIENT, ledgerBench, type LedgerBench } from './testing/ledger-bench.js';
import { startPaymentBench, type PaymentBench } from './testing/payment-bench.js';

jest.setTimeout(120_000);

describe.each(['simulator', 'stripe'] as const)('the ledger of %s is held against our payments', (provider) => {
  let bench: PaymentBench;
  let books: LedgerBench;
  beforeAll(async () => {
    bench = await startPaymentBench(IMPATIENT, provider);
    books = ledgerBench(bench);
  });
  afterAll(() => bench.close());
  afterEach(() => bench.proxy.passAll());

  test('nothing differs while payments are declined, time out charged, are approved, captured, refunded and voided', async () => {
    await bench.restartSimulator({
      ...bench.webhookOptions(),
      behaviour: { declines: 10, timeouts: 10, duplicates: 20, forged: 20, actions: 20 },
      timeoutMs: 2_000,
      seed: 5,
    });
    const orders = Array.from({ length: 24 }, () => ({ orderId: newId(), answers: 1 }));
    const step = async (some: typeof orders, ask: (orderId: string) => Promise<unknown>, answers = 1) => {
      await Promise.all(some.map(({ orderId }) => ask(orderId)));
      for (const one of some) await bench.answered(one.orderId, (one.answers += answers));
    };
    await Promise.all(orders.map(({ orderId }) => bench.create(orderId)));
    const [asked, others]: [typeof orders, typeof orders] = [[], []];
    for (const one of orders) {
      const [type] = await bench.answered(one.orderId, 1);
      (type === 'PAYMENT_ACTION_REQUIRED' ? asked : others).push(one);
    }
    const outcomes = ['approve', 'deny'];
    const acting = asked.slice(0, outcomes.length);
    await step(acting, async (orderId) => {
      const [[, payload] = []] = await bench.replies(orderId);
      const outcome = outcomes[acting.findIndex((one) => one.orderId === orderId)];
      const headers = { 'content-type': 'application/json' };
      await fetch((payload as { redirectUrl: string }).redirectUrl, {
        method: 'POST',
        headers,
        body: JSON.stringify({ outcome }),
      });
    });
    // customers who never act: the authorisation is refused, and then the release is answered
    await step(asked.slice(outcomes.length), (orderId) => bench.release(orderId), 2);
    const [paid, left] = [[...acting, ...others.slice(6)], others.slice(0, 6)];
    await step(paid, (orderId) => bench.confirm(orderId));
    await step(paid, (orderId) => bench.refund(orderId, newId(), 500));
    await step([...left, ...paid.slice(0, 6)], (orderId) => bench.release(orderId));
    await books.checked();
    expect(await books.differences()).toEqual([]);
    expect(await books.everFound()).toBe(0);
    const statuses = (await bench.simulator.ledger()).map(({ status }) => status);
    expect(new Set(statuses).size).toBeGreaterThanOrEqual(4);
    await bench.restartSimulator();
  });

  test('what is on its way does not differ, however long it takes', async () => {
    const before = await books.everFound();
    const [orderId, late] = [newId(), newId()];
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    // both are done at the provider, and no answer of it comes
    bench.proxy.fate = ({ method }) => (method === 'POST' ? 'hold-answer' : 'pass');
    await bench.confirm(orderId);
    await bench.create(late);
    await bench.service.until('the provider has done it', async () => {
      const [[captured], [authorized]] = [await bench.booked(orderId), await bench.booked(late)];
      return captured?.status === 'CAPTURED' && authorized?.status === 'AUTHORIZED';
    });
    await books.checked();
    expect(await books.everFound()).toBe(before);
    await bench.proxy.passAll();
    await bench.answered(orderId, 2);
    await bench.answered(late, 1);
    await books.checked();
    expect(await books.everFound()).toBe(before);
  });

  test('F27 one planted difference of each kind is found, and gone when it is corrected', async () => {
    const [unknown, missing, differing, refunded] = [
      await books.captured(),
      await books.captured(),
      await books.captured(),
      await books.captured(),
    ];
    const { orderId: reference } = unknown;
    const second = await books.provider('/authorizations', {
      amount: 900,
      currency: 'EUR',
      paymentMethod: 'pm_card',
      reference,
    });
    await bench.refund(refunded.orderId, newId(), 500);
    await bench.answered(refunded.orderId, 3);
    const isAbout = (line: string, { reference: id }: { reference: string }): boolean =>
      (JSON.parse(line) as { authorization?: { id: string } }).authorization?.id === id;
    const cut: [number, string][] = [];
    await bench.editLedger((lines) =>
      lines.flatMap((line, at) => {
        if (isAbout(line, differing)) return [line.replaceAll('"EUR"', '"USD"')];
        const lost = isAbout(line, refunded) && line.includes('"refundedAmount":500');
        if (!isAbout(line, missing) && !lost) return [line];
        cut.push([at, line]);
        return [];
      }),
    );
    expect(cut).not.toHaveLength(0);
    const found = await books.differ([
      ['charge_differs', differing.orderId],
      ['charge_missing', missing.orderId],
      ['charge_refunds', refunded.orderId],
      ['charge_unknown', unknown.orderId],
    ]);
    const ours = 'CAPTURED, 1500 EUR, captured 1500, refunded 0';
    expect(found).toEqual([
      { kind: 'charge_differs', ...differing, expected: ours, seen: ours.replace('EUR', 'USD') },
      { kind: 'charge_missing', ...missing, expected: ours, seen: 'none' },
      {
        kind: 'charge_refunds',
        ...refunded,
        expected: 'PARTIALLY_REFUNDED, 1500 EUR, captured 1500, refunded 500',
        seen: ours,
      },
      {
        kind: 'charge_unknown',
        orderId: unknown.orderId,
        reference: second.id,
        expected: unknown.reference,
        seen: 'AUTHORIZED, 900 EUR, captured 0, refunded 0',
      },
    ]);

    await books.provider(`/authorizations/${second.id}/void`, {});
    await bench.editLedger((lines) => {
      const corrected = lines.map((line) => (isAbout(line, differing) ? line.replaceAll('"USD"', '"EUR"') : line));
      for (const [at, line] of cut) corrected.splice(at, 0, line);
      return corrected;
    });
    await books.differ([]);
  });

  test('a charge of an order that was never paid for here is found', async () => {
    const orderId = newId();
    const asked = { amount: 900, currency: 'EUR', paymentMethod: 'pm_card', reference: orderId };
    const { id } = await books.provider('/authorizations', asked);
    const [found] = await books.differ([['charge_unknown', orderId]]);
    expect(found).toMatchObject({ reference: id, expected: 'no charge, for there is no payment' });
    await books.provider(`/authorizations/${id}/capture`, {});
    await bench.service.until('it is reported in its current state', async () =>
      (await books.differences()).some(({ seen }) => seen === 'CAPTURED, 900 EUR, captured 900, refunded 0'),
    );
    await books.provider(`/authorizations/${id}/refund`, {});
    await books.differ([]);
  });

  test('a provider that does not answer changes nothing, and the last check grows old', async () => {
    const orderId = newId();
    const asked = { amount: 900, currency: 'EUR', paymentMethod: 'pm_card', reference: orderId };
    const { id } = await books.provider('/authorizations', asked);
    await books.differ([['charge_unknown', orderId]]);
    await bench.stopSimulator();
    const tried = async (): Promise<void> => {
      const before = await books.requests();
      await bench.service.until('it was asked again', async () => (await books.requests()) >= before + 3);
    };
    await tried();
    const at = await books.checkedAt();
    await tried();
    await books.differ([['charge_unknown', orderId]]);
    expect(await books.checkedAt()).toEqual(at);
    await bench.restartSimulator();
    await bench.service.until('it is checked again', async () => Number(await books.checkedAt()) > Number(at));
    await books.provider(`/authorizations/${id}/void`, {});
    await books.differ([]);
  });

  test('more differences of busy payments than are checked again in one check keep no other from it', async () => {
    const [busy, gone] = [newId(), newId()];
    const lookup = 'auth_of_nobody';
    // done at the provider, and no answer of it comes: the command runs
    bench.proxy.fate = ({ path }) => (path.includes(lookup) ? 'pass' : 'hold-answer');
    await bench.create(busy);
    await bench.service.until('the command runs', async () => (await bench.booked(busy)).length === 1);
    // and a charge of an order that was never paid for here, which the provider does not have any more
    await bench.service.sql(
      `INSERT INTO ledger_difference(provider, order_id, reference, kind, expected, seen, last_seen)
       SELECT $1, $2::uuid, 'of-busy-' || n, 'charge_unknown', 'none', 'AUTHORIZED', now() - interval '1 day' FROM generate_series(1, 250) n
       UNION ALL SELECT $1, $3::uuid, $4, 'charge_unknown', 'none', 'AUTHORIZED', now()`,
      [provider, busy, gone, lookup],
    );
    await bench.service.until('it was checked again', async () =>
      (await books.differences()).every(({ orderId }) => orderId !== gone),
    );
    expect(await books.differences()).toHaveLength(250);
    await bench.proxy.passAll();
    await books.differ([]);
  });

  test('a charge that cannot be read is reported, and keeps no other from being checked', async () => {
    const { orderId, reference } = await books.captured();
    await books.checked();
    bench.proxy.fate = ({ method, path }) => (method === 'GET' && path.includes(reference) ? 'lose-answer' : 'pass');
    await books.provider(`/authorizations/${reference}/refund`, { amount: 1 });
    const unknown = newId();
    const asked = { amount: 900, currency: 'EUR', paymentMethod: 'pm_card', reference: unknown };
    const { id } = await books.provider('/authorizations', asked);
    const [, unread] = await books.differ([
      ['charge_unknown', unknown],
      ['charge_unreadable', orderId],
    ]);
    const expected = 'CAPTURED, 1500 EUR, captured 1500, refunded 0';
    expect(unread).toMatchObject({ reference, expected, seen: expect.stringMatching(/^not readable: ./u) });
    // and nothing of it was taken over
    expect(await bench.payment(orderId)).toMatchObject({ status: 'CAPTURED', refundedAmount: 0 });
    await books.checked();

    await bench.proxy.passAll();
    await books.provider(`/authorizations/${id}/void`, {});
    await books.differ([]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedAmount: 1 });
  });

  test('a charge that can be read at the second try is no difference', async () => {
    const { orderId, reference } = await books.captured();
    await books.checked();
    const before = await books.everFound();
    let lookups = 0;
    const isLookup = (request: { method: string; path: string }): boolean =>
      request.method === 'GET' && request.path.includes(reference);
    bench.proxy.fate = (request) => (isLookup(request) && (lookups += 1) === 1 ? 'lose-answer' : 'pass');
    await books.provider(`/authorizations/${reference}/refund`, { amount: 1 });
    await bench.service.until('it is taken over', async () => (await bench.payment(orderId)).refundedAmount === 1);
    await books.checked();
    expect(lookups).toBeGreaterThan(1);
    expect(await books.everFound()).toBe(before);
  });
});

describe('of several replicas', () => {
  let bench: PaymentBench;
  let books: LedgerBench;
  beforeAll(async () => {
    bench = await startPaymentBench({
      ...IMPATIENT,
      PAYMENT_LEDGER_EVERY_MS: '3600000',
      PAYMENT_PROVIDER_TIMEOUT_MS: '20000',
    });
    books = ledgerBench(bench);
    // one that declined a payment each ten seconds of the last half hour and some
    const lines = Array.from({ length: 250 }, (_, back) =>
      declinedLine(Date.now() - 60_000 - back * 10_000),
    ).toReversed();
    await bench.editLedger(() => lines);
    await bench.service.until('it was checked once', async () => (await books.checkedAt()) instanceof Date);
  });
  afterAll(() => bench.close());
  afterEach(() => bench.proxy.passAll());
  const lists = () => bench.proxy.seen.filter((request) => request.startsWith('GET /authorizations?createdFrom'));
  const spanOf = (request: string) => {
    const query = new URL(request.slice(4), 'http://x').searchParams;
    return { to: Date.parse(query.get('createdTo') ?? ''), after: query.get('after') };
  };
  const due = () => bench.service.sql('UPDATE ledger_check SET due_at = now(), recent = NULL, sweep = NULL');
  const idle = () =>
    bench.service.until('no check is running', async () => {
      await bench.proxy.letGo();
      const rows = await bench.service.sql('SELECT FROM ledger_check WHERE owner IS NULL AND due_at > now()');
      return rows.length === 1;
    });

  test('F06 one checks; another goes on where it stopped, and the one that comes back writes nothing', async () => {
    await idle();
    bench.proxy.fate = ({ path }) => (path.includes('after=') ? 'hold-answer' : 'pass');
    const before = lists().length;
    await due();
    await bench.service.until('it waits for its second page', () => lists().length === before + 2);
    const replica = await bench.service.replica();
    const sql = bench.service.app.get(Transactor).read();
    const rival = { provider: 'simulator', owner: newId(), leaseMs: 1 };
    expect(await claimCheck(sql, rival)).toBeUndefined();
    expect(lists()).toHaveLength(before + 2);

    // as when the time has passed
    await bench.service.sql(`UPDATE ledger_check SET lease_until = now() - interval '1 second'`);
    await bench.service.until('another has taken over', () => lists().length >= before + 3);
    const [first, , taken] = lists().slice(before).map(spanOf);
    expect(first?.after).toBeNull();
    expect(taken?.after).toBeNull();
    expect(taken?.to).toBeLessThan((first?.to ?? 0) - 10 * 60_000);
    const at = await books.checkedAt();
    const asked = await books.requests();
    bench.proxy.fate = () => 'pass';
    await idle();
    // of this process alone: it has seen that its time is over
    expect(await books.requests()).toBe(asked);
    expect(Number(await books.checkedAt())).toBeGreaterThan(Number(at));
    const [row] = await bench.service.sql<{ recent: { from: number; reached: number } }>(
      'SELECT recent FROM ledger_check',
    );
    expect(row?.recent.reached).toBe(row?.recent.from);
    expect(await books.differences()).toEqual([]);
    await replica.close();
  });
});
