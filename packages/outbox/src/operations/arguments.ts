import { OutboxError } from '../errors.js';

/** As long as events are kept by default. */
export const DEFAULT_HORIZON = '7 days';

const MAX_TEXT_LENGTH = 1_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function invalidArgument(message: string): OutboxError {
  return new OutboxError('OUTBOX_INVALID_ARGUMENT', message);
}

/** A text that an operator gave and that is kept as a record. */
export function checkedText(name: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw invalidArgument(`${name} must not be empty`);
  if (trimmed.length > MAX_TEXT_LENGTH) {
    throw invalidArgument(`${name} has ${trimmed.length} characters, more than ${MAX_TEXT_LENGTH}`);
  }
  if (trimmed.includes('\0') || !trimmed.isWellFormed())
    throw invalidArgument(`${name} is not text that can be stored`);
  return trimmed;
}

/** A key that cannot be stored has no events; PostgreSQL's own error would say less. */
export function checkedKey(key: string): string {
  if (key.includes('\0') || !key.isWellFormed()) throw invalidArgument('the key is not text that can be stored');
  return key;
}

export function checkedCount(name: string, count: number, max: number): number {
  if (!Number.isSafeInteger(count) || count < 1 || count > max) throw invalidArgument(`${name} must be 1 to ${max}`);
  return count;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
