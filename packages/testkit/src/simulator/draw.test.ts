import { expect, test } from '@jest/globals';
import { drawer } from './draw.js';

const winners = (seed: number, percent: number, count: number): number[] => {
  const draw = drawer(seed, 'declines');
  return Array.from({ length: count }, (_, index) => index).filter((index) => draw(index, percent));
};

test('of each hundred in a row exactly the per cent wins', () => {
  for (const seed of [0, 1, 2, 4_711]) {
    const won = winners(seed, 10, 1_000);
    for (let block = 0; block < 10; block += 1) {
      expect(won.filter((index) => Math.floor(index / 100) === block)).toHaveLength(10);
    }
  }
});

test('the same seed draws the same, another one differently, and blocks differ', () => {
  expect(winners(1, 10, 300)).toEqual(winners(1, 10, 300));
  expect(winners(1, 10, 300)).not.toEqual(winners(2, 10, 300));
  const first = winners(1, 10, 100);
  expect(winners(1, 10, 200).slice(10)).not.toEqual(first.map((index) => index + 100));
});

test('goes on from any index as if it had never stopped', () => {
  const whole = winners(7, 30, 250);
  const again = drawer(7, 'declines');
  expect([170, 171, 172, 173, 174].filter((index) => again(index, 30))).toEqual(
    whole.filter((index) => index >= 170 && index < 175),
  );
});

test('0 per cent never wins, 100 always', () => {
  expect(winners(3, 0, 200)).toHaveLength(0);
  expect(winners(3, 100, 200)).toHaveLength(200);
});
