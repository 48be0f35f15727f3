import { describe, expect, test } from '@jest/globals';
import { keyText, readMessage } from './read-message.js';

const raw = (key: Uint8Array | null, value: Uint8Array | null = null) => ({
  topic: 't',
  partition: 0,
  offset: 1n,
  key,
  value,
  headers: [],
});

describe('keyText', () => {
  test('is the text of the key, and something PostgreSQL can index where that is impossible', () => {
    expect(keyText(null)).toBeNull();
    expect(keyText(Buffer.from(''))).toBe('');
    expect(keyText(Buffer.from('ordér'))).toBe('ordér');
    expect(keyText(Buffer.from([0xff, 0x61]))).toBe('\\xff61');
    expect(keyText(Buffer.from('a\0b'))).toBe('\\x610062');
    expect(keyText(Buffer.from('x'.repeat(3_000)))).toMatch(/^\\sha256:[0-9a-f]{64}$/);
    expect(keyText(Buffer.from('\uFEFFa'))).toBe('\uFEFFa');
  });
});

describe('F02 readMessage', () => {
  test('a decoder that throws makes an unreadable message, not an error', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const entry = readMessage(
      (value) => {
        // a stack overflow, as a recursive decoder has
        const descend = (x: unknown): number => (Array.isArray(x) && x.length > 0 ? 1 + descend(x[0]) : 1);
        descend(JSON.parse(Buffer.from(value ?? []).toString()));
        return { ok: false, reason: 'unreached' };
      },
      raw(Buffer.from('k'), Buffer.from(deep)),
    );
    expect(entry).toMatchObject({
      kind: 'unreadable',
      key: 'k',
      reason: expect.stringContaining('RangeError') as unknown as string,
    });
  });

  test('an event id that is no UUID would fail the whole batch: refused', () => {
    const entry = readMessage(() => ({ ok: true, eventId: "1'; --", event: {} }), raw(Buffer.from('k')));
    expect(entry).toMatchObject({ kind: 'unreadable', reason: "the event id is not a UUID: 1'; --" });
  });

  test('ids are compared as PostgreSQL writes them', () => {
    const id = '0199AAAA-BBBB-7CCC-8DDD-EEEEEEEEEEEE';
    const entry = readMessage(() => ({ ok: true, eventId: id, event: {} }), raw(null));
    expect(entry).toMatchObject({ kind: 'readable', key: null, message: { eventId: id.toLowerCase(), key: '' } });
  });
});
