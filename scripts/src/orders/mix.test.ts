import { expect, it } from '@jest/globals';
import { mix } from './mix.js';

it('mixes the same way for the same seed, and loses nothing', () => {
  const items = Array.from({ length: 50 }, (_, n) => n);
  expect(mix(items, 7)).toEqual(mix(items, 7));
  expect(mix(items, 7)).not.toEqual(mix(items, 8));
  expect(mix(items, 7).sort((one, other) => one - other)).toEqual(items);
});
