import { expect, test } from '@jest/globals';
import { newEventId } from './new-event-id.js';

test('an id is a UUIDv7 of the current time, and unique', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newEventId);
  const after = Date.now();
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(after);
  }
  expect(new Set(ids).size).toBe(1_000);
});
