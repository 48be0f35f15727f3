import { OutboxError } from '../errors.js';

/** As long as events are kept unless told. */
export const DEFAULT_HORIZON = '7 days';

const LONGEST = 1_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function wrongly(message: string): OutboxError {
  return new OutboxError('OUTBOX_INVALID_ARGUMENT', message);
}

/** A text that a person gave and that is kept as a record. */
export function givenText(name: string, text: string): string {
  const clean = text.trim();
  if (clean === '') throw wrongly(`${name} must not be empty`);
  if (clean.length > LONGEST) throw wrongly(`${name} has ${clean.length} characters, more than ${LONGEST}`);
  if (clean.includes('\0') || !clean.isWellFormed()) throw wrongly(`${name} is not text that can be stored`);
  return clean;
}

/** Where a key's events lie; a key that cannot be stored has none, which PostgreSQL would say less kindly. */
export function givenKey(key: string): string {
  if (key.includes('\0') || !key.isWellFormed()) throw wrongly('the key is not text that can be stored');
  return key;
}

export function givenCount(name: string, count: number, most: number): number {
  if (!Number.isSafeInteger(count) || count < 1 || count > most) throw wrongly(`${name} must be 1 to ${most}`);
  return count;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
