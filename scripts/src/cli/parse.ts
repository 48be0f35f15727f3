import { parseBehaviour, type Behaviour } from '@outrider/testkit/simulator';
import { InvalidArgumentError } from 'commander';

/** Parses a whole number within limits, as commander wants it. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/u.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parses a percentage, 0 to 100; `80` and `80%` are the same. */
export function percentage(text: string): number {
  const value = Number(text.replace(/%$/u, ''));
  if (!/^\d+(\.\d+)?%?$/u.test(text) || value > 100) {
    throw new InvalidArgumentError('It must be a percentage from 0 to 100.');
  }
  return value;
}

/** How the payment provider behaves, as it was written and as it was understood. */
export interface Payments {
  readonly text: string;
  readonly behaviour: Behaviour;
}

/** Parses `declines=10`: comma separated, per cent each. */
export function payments(text: string): Payments {
  try {
    return { text, behaviour: parseBehaviour(text) };
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Parses a comma-separated list of known names. @throws InvalidArgumentError that lists them */
export function someOf<T extends string>(names: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((name) => {
      const known = names.find((one) => one === name);
      if (known === undefined) throw new InvalidArgumentError(`Parts are ${names.join(', ')}.`);
      return known;
    });
}
