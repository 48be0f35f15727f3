import { describe, expect, test } from '@jest/globals';
import { TransientError } from '../errors.js';
import { isTransient, transientCode } from './transient.js';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('isTransient', () => {
  test.each([
    '08006',
    '08P01',
    '40001',
    '40P01',
    '53300',
    '53100',
    '55P03',
    '57P01',
    '57P03',
    '25006',
    '25P03',
    '25P04',
    '26000',
    '28P01',
    '42501',
    '42P05',
    '58030',
  ])('SQLSTATE %s is no fault of the event', (code) => expect(isTransient(coded(code))).toBe(true));
  test.each([
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPIPE',
    'ECONNABORTED',
  ])('a network without a way to the server (%s) is no fault of the event', (code) =>
    expect(isTransient(coded(code))).toBe(true),
  );
  test.each(['23505', '23514', '22P02', '42P01', '57014', '25P02', 'P0001'])(
    'SQLSTATE %s is the message’s or the code’s',
    (code) => expect(isTransient(coded(code))).toBe(false),
  );
  test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN'])('%s', (code) =>
    expect(isTransient(coded(code))).toBe(true),
  );
  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('what pg says without a code: %s', (message) => expect(isTransient(new Error(message))).toBe(true));

  test('is seen through wrappers and through the several addresses of a host', () => {
    expect(transientCode(new Error('while saving', { cause: coded('40P01') }))).toBe('40P01');
    expect(transientCode(new AggregateError([coded('nothing'), coded('ECONNREFUSED')]))).toBe('ECONNREFUSED');
    expect(transientCode(new TransientError('the other side is busy'))).toBe('INBOX_TRANSIENT');
  });

  test('a bug, a rule broken, nothing at all: not transient; a cause that goes in a circle ends', () => {
    const circle = new Error('a');
    circle.cause = circle;
    for (const error of [new TypeError('x is not a function'), circle, undefined, null, 'ECONNRESET']) {
      expect(isTransient(error)).toBe(false);
    }
  });
});
