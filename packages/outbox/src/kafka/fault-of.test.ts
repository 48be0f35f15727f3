import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} from 'kafkajs';
import { EncodingError, faultOf, FAULTS } from './fault-of.js';

const answered = (type: string, retriable: boolean): KafkaJSProtocolError =>
  Object.assign(new KafkaJSProtocolError(new Error(type)), { type, retriable });

test.each([
  [answered('MESSAGE_TOO_LARGE', false), 'event', 'MESSAGE_TOO_LARGE'],
  [answered('TOPIC_AUTHORIZATION_FAILED', false), 'event', 'TOPIC_AUTHORIZATION_FAILED'],
  [answered('NOT_LEADER_FOR_PARTITION', true), 'broker', 'NOT_LEADER_FOR_PARTITION'],
  [answered('UNKNOWN_TOPIC_OR_PARTITION', true), 'unclear', 'UNKNOWN_TOPIC_OR_PARTITION'],
  [answered('SOMETHING_NEW', true), 'broker', 'KafkaJSProtocolError'],
  [answered('SOMETHING_ELSE', false), 'unclear', 'KafkaJSProtocolError'],
  [new EncodingError('no'), 'event', 'EncodingError'],
  [new TypeError('a bug'), 'unclear', 'TypeError'],
  ['a string', 'unclear', 'unknown'],
  [undefined, 'unclear', 'unknown'],
])('%s is the fault of the %s', (error, fault, reason) => {
  expect(faultOf(error)).toEqual({ fault, reason });
});

test('wrappers of kafkajs are looked through', () => {
  const away = new KafkaJSConnectionError('refused');
  const exceeded = new KafkaJSNumberOfRetriesExceeded(away, { retryCount: 0, retryTime: 0 });
  // kafkajs hands the cause on in its options, which its types do not show
  Object.assign(exceeded, { cause: away });
  expect(faultOf(exceeded)).toEqual({ fault: 'broker', reason: 'KafkaJSConnectionError' });
  const wrapped = Object.assign(new KafkaJSNonRetriableError('no'), { cause: answered('MESSAGE_TOO_LARGE', false) });
  expect(faultOf(wrapped)).toEqual({ fault: 'event', reason: 'MESSAGE_TOO_LARGE' });
});

test('errors that are their own cause end', () => {
  const error = new Error('round');
  error.cause = error;
  expect(faultOf(error).fault).toBe('unclear');
});

test('docs/kafka-errors.md says of every error what the relay takes it for', async () => {
  const document = await readFile(new URL('../../../../docs/kafka-errors.md', import.meta.url), 'utf8');
  const heads = { "The event's own": 'event', "Nobody's": 'broker', Unclear: 'unclear' } as const;
  const sections = document.split(/^## /m).slice(1);
  const told = sections.flatMap((section) => {
    const head = section.slice(0, section.indexOf('\n')) as keyof typeof heads;
    return [...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => [name, heads[head]]);
  });
  expect(Object.fromEntries(told)).toEqual(FAULTS);
  expect(told).toHaveLength(Object.keys(FAULTS).length);
});
