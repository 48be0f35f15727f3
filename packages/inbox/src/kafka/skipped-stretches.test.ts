import { describe, expect, test } from '@jest/globals';
import { ReadPlaces } from './read-places.js';

describe('ReadPlaces', () => {
  test('a batch behind a stretch without messages begins where the position stands', () => {
    const places = new ReadPlaces();
    places.at('t', 0, 10n);
    places.walked('t', 0, 12n);
    places.walked('t', 0, 40n);
    expect(places.from('t', 0, 40n)).toBe(10n);
  });

  test('what was walked over is not walked back, and nothing is known of a partition that was never read', () => {
    const places = new ReadPlaces();
    places.at('t', 0, 10n);
    places.walked('t', 0, 40n);
    places.walked('t', 0, 12n);
    places.walked('t', 1, 12n);
    expect([places.from('t', 0, 40n), places.from('t', 0, 12n), places.from('t', 1, 12n)]).toEqual([10n, 12n, 12n]);
  });

  test('a batch that begins elsewhere is what it says: it may skip messages', () => {
    const places = new ReadPlaces();
    places.at('t', 0, 10n);
    places.walked('t', 0, 12n);
    expect(places.from('t', 0, 15n)).toBe(15n);
    expect(places.from('t', 1, 12n)).toBe(12n);
  });

  test('after an assignment nothing walked over counts until the place is known again', () => {
    const places = new ReadPlaces();
    places.at('t', 0, 10n);
    places.forget();
    places.walked('t', 0, 40n);
    expect(places.from('t', 0, 40n)).toBe(40n);
  });
});
