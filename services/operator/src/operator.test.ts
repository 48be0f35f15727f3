import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { OutboxWorker } from './api/outbox-worker.js';
import { ApiError, type Call } from './kubernetes/index.js';
import { Operator, type OperatorParts } from './operator.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const RESOURCE: OutboxWorker = {
  metadata: { name: 'relay', namespace: 'shop', uid: 'relay', resourceVersion: '1', generation: 1 },
  spec: {
    replicas: 1,
    container: 'relay',
    template: { spec: { containers: [{ name: 'relay', image: 'worker:1' }] } },
    paused: false,
  },
};

/** An operator whose API server answers what the test says, in a cluster with one OutboxWorker. */
function open(answer: (call: Call) => unknown) {
  let resource = RESOURCE;
  const none = { ownedBy: () => [] };
  const view = {
    complete: Promise.resolve(),
    onChange: () => undefined,
    resources: () => [{ kind: 'OutboxWorker', namespace: 'shop', name: 'relay' }],
    workers: { get: () => resource },
    revisions: none,
    deployments: none,
    jobs: none,
    podsOf: () => [],
    written: () => undefined,
  };
  const client = {
    request: async (call: Call) => {
      const { status } = (call.body ?? {}) as { readonly status?: OutboxWorker['status'] };
      if (call.path.endsWith('/status') && status !== undefined) resource = { ...resource, status };
      return answer(call);
    },
  };
  const nothing = (): void => undefined;
  const parts = {
    client,
    view,
    instance: 'test',
    measures: { ofWorkers: async () => undefined, forget: nothing },
    metrics: { reconciled: nothing, carriedOut: nothing, judged: nothing },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  } as unknown as OperatorParts;
  const end = new AbortController();
  const operator = new Operator(parts);
  void operator.lead({ signal: end.signal, remainingMs: () => 60_000 });
  return { end, reason: () => resource.status?.conditions?.find(({ type }) => type === 'Stalled')?.reason };
}

test('what is refused with other words each time is asked again no more often than what is refused with the same', async () => {
  let tries = 0;
  const { end, reason } = open(({ method, path }) => {
    if (method === 'GET') throw new ApiError(404, 'NotFound', 'there is none');
    if (path.endsWith('/deployments/relay-workers')) {
      tries += 1;
      throw new ApiError(403, 'Forbidden', `denied, request ${tries}`);
    }
    return { metadata: { ...RESOURCE.metadata, resourceVersion: '2' } };
  });
  await jest.advanceTimersByTimeAsync(30_000);
  expect(reason()).toBe('Refused');
  expect(tries).toBe(2);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(tries).toBe(3);
  end.abort();
});
