import { createRequire } from 'node:module';
import { expect, jest, test } from '@jest/globals';
import { stopIdleTimer } from './idle-timer.js';

interface Queue {
  readonly pending: unknown[];
  push(request: object): void;
  fulfillRequest(response: object): void;
  checkPendingRequests(): void;
  maybeThrottle(ms: number): void;
}

const require = createRequire(import.meta.url);
const logger = { debug: () => {}, warn: () => {} };

function queueOf(): Queue {
  const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
  return new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'c', broker: 'b', logger });
}

function requestOf(correlationId: number, sent: number[]): object {
  const entry = { correlationId, resolve: () => {}, reject: () => {} };
  return { entry, expectResponse: true, sendRequest: () => void sent.push(correlationId) };
}

test('an idle connection sets no timer, a waiting request is sent all the same', () => {
  expect(stopIdleTimer()).toBe(true);
  jest.useFakeTimers();
  try {
    const queue = queueOf();
    queue.checkPendingRequests();
    expect(jest.getTimerCount()).toBe(0);

    const sent: number[] = [];
    queue.push(requestOf(1, sent));
    queue.push(requestOf(2, sent));
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    expect(sent).toEqual([1, 2]);
    queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 });

    queue.maybeThrottle(500);
    queue.push(requestOf(3, sent));
    expect(sent).toEqual([1, 2]);
    jest.advanceTimersByTime(501);
    expect(sent).toEqual([1, 2, 3]);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
