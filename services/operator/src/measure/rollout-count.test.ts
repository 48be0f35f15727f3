import { expect, test } from '@jest/globals';
import type { Series } from './exposition.js';
import type { PodReading } from './pod-reading.js';
import { RolloutCount, type Look } from './rollout-count.js';

const COUNTING = { key: 'new/1/now', canary: 'new', stable: 'old' };
const series = (name: string, labels: Record<string, string>, value: number): Series => ({ name, labels, value });
const built = (revision: string) => series('outrider_build_info', { revision: `1.0-${revision}` }, 1);
const requests = (status: string, value: number, route = '/orders') =>
  series('http_request_duration_seconds_count', { route, method: 'POST', status }, value);
const handled = (outcome: string, value: number) => series('inbox_handled_total', { outcome, topic: 't' }, value);
const ended = (revision: string, outcome: string, value: number) =>
  series('saga_finished_total', { outcome, started_version: `1.0-${revision}` }, value);
const answered = (revision: string, answer: string, value: number) =>
  series('saga_answers_total', { leg: 'payment', answer, answered_version: `1.0-${revision}` }, value);
const overdue = (revision: string, value: number) =>
  series('saga_overdue', { started_version: `1.0-${revision}` }, value);
const openLate = (revision: string, value: number) =>
  series('saga_open_late', { started_version: `1.0-${revision}` }, value);
const endedLate = (revision: string, value: number) =>
  series('saga_ended_late_total', { started_version: `1.0-${revision}` }, value);
const differences = (value: number, kind = 'stock') => series('books_difference', { kind }, value);

function pod(revision: string, found: readonly Series[] | undefined, more: Partial<PodReading> = {}): PodReading {
  return {
    uid: `${revision}-pod`,
    revision,
    restarts: 0,
    outOfMemoryAt: undefined,
    running: true,
    series: found === undefined ? undefined : [built(revision), ...found],
    ...more,
  };
}

function evidence(...looks: readonly Partial<Look>[]) {
  const count = new RolloutCount(COUNTING);
  for (const look of looks) count.add({ own: [], order: [], reconciler: [], ...look });
  return count.evidence();
}
/** Looks at the pods of a roll-out of order. */
const orders = (...own: readonly PodReading[]) => ({ own, order: own });

test('nothing is known before the first look', () => {
  expect(evidence()).toBeUndefined();
});

test('requests are counted since the first look, on either side; what a pod that came since shows counts whole', () => {
  const found = evidence(
    { own: [pod('old', [requests('201', 100), requests('500', 10)])] },
    {
      own: [
        pod('old', [requests('201', 130), requests('500', 11)]),
        pod('new', [requests('201', 7), requests('503', 2)]),
      ],
    },
  );
  expect(found?.stable).toMatchObject({ requests: 31, serverErrors: 1 });
  expect(found?.canary).toMatchObject({ requests: 9, serverErrors: 2 });
});

test('probes are no requests', () => {
  const found = evidence({}, { own: [pod('new', [requests('200', 50, '/livez'), requests('503', 9, '/readyz')])] });
  expect(found?.canary).toMatchObject({ requests: 0, serverErrors: 0 });
});

test('what a restarted container shows is added to what it had counted before', () => {
  const found = evidence(
    {},
    { own: [pod('new', [requests('201', 7)])] },
    { own: [pod('new', [requests('201', 9)], { restarts: 1 })] },
  );
  expect(found?.canary?.requests).toBe(16);
  expect(found?.restarts).toBe(1);
});

test('messages are counted with those that were parked or could not be read', () => {
  const found = evidence(
    {},
    { own: [pod('new', [handled('handled', 5), handled('parked', 2), handled('unreadable', 1)])] },
  );
  expect(found?.canary).toMatchObject({ messages: 8, messagesParked: 3 });
});

test('orders are counted by the version that accepted them, no matter who ended them', () => {
  const found = evidence(
    orders(pod('old', [ended('old', 'COMPLETED', 50), ended('new', 'COMPLETED', 0)])),
    orders(
      pod('old', [ended('old', 'COMPLETED', 60), ended('new', 'COMPLETED', 3), ended('new', 'FAILED', 1)]),
      pod('new', [ended('old', 'COMPLETED', 4), ended('new', 'COMPLETED', 2)]),
    ),
  );
  expect(found?.stable?.ordersEnded).toEqual({ COMPLETED: 14 });
  expect(found?.canary?.ordersEnded).toEqual({ COMPLETED: 5, FAILED: 1 });
});

test('answers of inventory and payment are counted by who gave them, from the pods of order', () => {
  const order = (value: number) => [pod('order', [answered('new', 'PAYMENT_CONFIRM', value)])];
  const own = [pod('new', [])];
  expect(evidence({ own, order: order(5) }, { own, order: order(9) })?.canary?.answers).toEqual({ PAYMENT_CONFIRM: 4 });
});

test('overdue orders are those of the database, once, beyond those that were there before', () => {
  const found = evidence(
    orders(pod('old', [overdue('old', 3)])),
    orders(pod('old', [overdue('old', 4), overdue('new', 2)]), pod('new', [overdue('old', 4), overdue('new', 2)])),
  );
  expect(found?.stable?.ordersOverdue).toBe(1);
  expect(found?.canary?.ordersOverdue).toBe(2);
});

test('orders are late once, whether they are open or have ended since, and those that were late before are not', () => {
  const old = (completed: number, late: number) => [ended('old', 'COMPLETED', completed), endedLate('old', late)];
  const looks = [
    orders(pod('old', [...old(100, 10), openLate('old', 4)])),
    // three of those before have ended, two new ones are open; six of the canary are late
    orders(
      pod('old', [...old(123, 13), openLate('old', 3), openLate('new', 6)]),
      pod('new', [openLate('old', 3), openLate('new', 6)]),
    ),
    // two of the canary's have ended since, late, in a pod of the other revision
    orders(
      pod('old', [
        ...old(143, 13),
        ended('new', 'COMPLETED', 2),
        endedLate('new', 2),
        openLate('old', 3),
        openLate('new', 4),
      ]),
      pod('new', [openLate('old', 3), openLate('new', 4)]),
    ),
  ];
  const first = evidence(...looks.slice(0, 2));
  expect([first?.stable?.orderTimes, first?.canary?.orderTimes]).toEqual([
    { inTime: 20, late: 2 },
    { inTime: 0, late: 6 },
  ]);
  const second = evidence(...looks);
  expect([second?.stable?.orderTimes, second?.canary?.orderTimes]).toEqual([
    { inTime: 40, late: 2 },
    { inTime: 0, late: 6 },
  ]);
});

test('how long orders take is not known where a pod of order, of an older version, does not count it', () => {
  const found = evidence(
    orders(pod('old', [ended('old', 'COMPLETED', 1)])),
    orders(pod('old', [ended('old', 'COMPLETED', 9)]), pod('new', [openLate('old', 3), openLate('new', 6)])),
  );
  expect([found?.stable?.orderTimes, found?.canary?.orderTimes]).toEqual([undefined, undefined]);
});

test('orders that were late when this is read first are not of this step, though it was not read before', () => {
  const old = (completed: number, late: number, open?: number) =>
    orders(
      pod('old', [
        ended('old', 'COMPLETED', completed),
        endedLate('old', late),
        ...(open === undefined ? [] : [openLate('old', open)]),
      ]),
    );
  expect(evidence(old(10, 0), old(20, 5, 7), old(30, 6, 6))?.stable?.orderTimes).toEqual({ inTime: 14, late: 0 });
});

test('a side of which a pod does not answer is not known; restarts are known all the same', () => {
  const found = evidence({}, { own: [pod('old', []), pod('new', undefined, { restarts: 3 })] });
  expect(found?.canary).toBeUndefined();
  expect(found?.stable).toBeDefined();
  expect(found?.restarts).toBe(3);
});

test('a pod whose container does not run need not answer', () => {
  const starting = pod('new', undefined, { uid: 'starting', running: false });
  expect(evidence({}, { own: [pod('new', [requests('200', 1)]), starting] })?.canary?.requests).toBe(1);
  expect(evidence({}, { own: [starting] })?.canary).toBeUndefined();
});

test('where a pod of order does not answer, neither side is known', () => {
  const own = [pod('old', []), pod('new', [])];
  const found = evidence({}, { own, order: [pod('order', undefined)] });
  expect([found?.canary, found?.stable]).toEqual([undefined, undefined]);
});

test('two revisions that call themselves the same cannot be told apart', () => {
  const same = [built('same'), requests('200', 5)];
  const found = evidence(
    {},
    { own: [pod('old', undefined, { series: same }), pod('new', undefined, { series: same })] },
  );
  expect([found?.canary, found?.stable]).toEqual([undefined, undefined]);
});

test('ends for want of memory are counted once each, and those from before are not', () => {
  const killed = (at: string, restarts: number) => ({ own: [pod('new', [], { outOfMemoryAt: at, restarts })] });
  expect(evidence(killed('1', 1), killed('1', 1))?.outOfMemoryKills).toBe(0);
  expect(evidence({}, killed('1', 1), killed('1', 2), killed('2', 3))?.outOfMemoryKills).toBe(2);
  expect(evidence(killed('1', 4), killed('2', 5))?.restarts).toBe(1);
});

test('differences of the books are new ones, and not known where the reconciler was not read', () => {
  const reconciler = (...found: readonly Series[]) => ({ reconciler: [pod('reconciler', found)] });
  expect(evidence({})?.booksDifferences).toBeUndefined();
  expect(evidence(reconciler())?.booksDifferences).toBeUndefined();
  expect(evidence(reconciler(differences(2)), reconciler(differences(2)))?.booksDifferences).toBe(0);
  expect(
    evidence(reconciler(differences(2)), reconciler(differences(2), differences(1, 'money')))?.booksDifferences,
  ).toBe(1);
  expect(
    evidence(reconciler(differences(2)), reconciler(differences(0)), reconciler(differences(1)))?.booksDifferences,
  ).toBe(1);
  expect(evidence(reconciler(differences(2)), { reconciler: [pod('r', undefined)] })?.booksDifferences).toBeUndefined();
});
