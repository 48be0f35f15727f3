import { expect, test } from '@jest/globals';
import { keptOfPod, stateOf, targetOf, unread, type Pod } from './pod.js';

const metadata = {
  name: 'order-abc-1',
  namespace: 'shop',
  uid: 'u1',
  resourceVersion: '7',
  labels: { 'commerce.outrider.dev/owner': 'order', 'commerce.outrider.dev/revision': 'abc' },
};
type Status = NonNullable<Pod['status']>;
const container = (state: object, more: object = {}) => ({ name: 'order', restartCount: 0, state, ...more });
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };

function pod(status: Partial<Status>, more: Partial<Pod['metadata']> = {}): Pod {
  return keptOfPod({
    metadata: { ...metadata, annotations: { dropped: 'x' }, ...more },
    spec: {
      containers: [
        { name: 'proxy', ports: [{ name: 'admin', containerPort: 1 }] },
        {
          name: 'order',
          ports: [
            { name: 'http', containerPort: 3_000 },
            { name: 'admin', containerPort: 9_090 },
          ],
        },
      ],
    },
    status: { podIP: '10.0.0.1', ...status },
  });
}

test('a pod that runs and is ready has no problem', () => {
  const one = pod({ conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [container(running)] });
  expect(stateOf(one)).toEqual({
    name: 'order-abc-1',
    revision: 'abc',
    job: undefined,
    ready: true,
    terminating: false,
    ended: false,
    problem: undefined,
  });
});

test.each(['Succeeded', 'Failed'])('nothing of a pod runs that is %s', (phase) => {
  expect(stateOf(pod({ phase })).ended).toBe(true);
});

test.each([
  ['starting', { waiting: { reason: 'ContainerCreating' } }, undefined],
  [
    'an image that is missing',
    { waiting: { reason: 'ImagePullBackOff', message: 'no such image\n' } },
    'ImagePullBackOff: no such image',
  ],
  ['a crash loop', { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }, 'CrashLoopBackOff: back-off'],
  ['a crash', { terminated: { reason: 'Error', exitCode: 3 } }, 'Error: ended with exit code 3'],
  ['an end as it is meant', { terminated: { reason: 'Completed', exitCode: 0 } }, undefined],
])('%s', (_what, state, expected) => {
  const { problem } = stateOf(pod({ containerStatuses: [container(state)] }));
  expect(problem && `${problem.reason}: ${problem.message}`).toBe(expected);
  expect(stateOf(pod({ initContainerStatuses: [container(state)] })).problem).toEqual(problem);
});

test('a pod without a node says why', () => {
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' };
  expect(stateOf(pod({ conditions: [condition] })).problem).toEqual({ reason: 'Unschedulable', message: '0/3 nodes' });
});

test('what is read of it is of the container that is the service', () => {
  const one = pod({
    containerStatuses: [
      { name: 'proxy', restartCount: 9 },
      container(running, {
        restartCount: 2,
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: 'then' } },
      }),
    ],
  });
  expect(unread(one, 'order')).toEqual({
    uid: 'u1',
    revision: 'abc',
    restarts: 2,
    outOfMemoryAt: 'then',
    running: true,
  });
  expect(targetOf(one, 'order')).toEqual({ host: '10.0.0.1', port: 9_090 });
});

test('one that is going, or whose container does not run, need not answer', () => {
  const status = { containerStatuses: [container(running)] };
  expect(unread(pod(status, { deletionTimestamp: 'now' })).running).toBe(false);
  expect(unread(pod({ containerStatuses: [container({ waiting: {} })] }), 'order').running).toBe(false);
  expect(unread(pod({}), 'order').running).toBe(false);
});
