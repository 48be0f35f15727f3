import { hash } from './hash.js';

const BLOCK = 100;

/**
 * Draws lots in per cent: of each hundred in a row exactly `percent` win, which ones depends on the seed alone. So the
 * number of winners among the first n is the same in every run, no matter which they are, and a draw can go on where an
 * earlier process stopped by the number of lots drawn so far.
 *
 * @param stream keeps the draws of different kinds apart
 */
export function drawer(seed: number, stream: string): (index: number, percent: number) => boolean {
  let block = -1;
  let places: number[] = [];
  return (index, percent) => {
    const wanted = Math.floor(index / BLOCK);
    if (wanted !== block) {
      block = wanted;
      places = shuffled(random(hash(`${seed}/${stream}/${block}`)));
    }
    return (places[index % BLOCK] ?? BLOCK) < percent;
  };
}

/** The numbers 0 to 99 in a random order (Fisher and Yates). */
function shuffled(next: () => number): number[] {
  const places = Array.from({ length: BLOCK }, (_, place) => place);
  for (let last = BLOCK - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    const moved = places[last] ?? 0;
    places[last] = places[other] ?? 0;
    places[other] = moved;
  }
  return places;
}

/** Numbers in [0, 1) by a 32 bit xorshift: small, and the same on every machine. */
function random(seed: number): () => number {
  let state = seed === 0 ? 1 : seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
