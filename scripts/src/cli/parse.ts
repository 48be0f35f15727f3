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

/** What the payment simulator can be told to do wrong, each in per cent of the payments. */
export const MISBEHAVIOURS = ['declines'] as const;
export type Misbehaviours = Readonly<Partial<Record<(typeof MISBEHAVIOURS)[number], number>>>;

/** Parses `declines=10`: comma separated, per cent each. */
export function misbehaviours(text: string): Misbehaviours {
  const parsed: Partial<Record<(typeof MISBEHAVIOURS)[number], number>> = {};
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const [name = '', percent = ''] = part.split('=', 2);
    const kind = MISBEHAVIOURS.find((known) => known === name.trim());
    if (kind === undefined) {
      throw new InvalidArgumentError(`'${name.trim()}' is not known; ${MISBEHAVIOURS.join(', ')} is.`);
    }
    try {
      parsed[kind] = percentage(percent.trim());
    } catch {
      throw new InvalidArgumentError(`${kind} must be a percentage from 0 to 100, as in ${kind}=10.`);
    }
  }
  return parsed;
}

/** The same as one text again, as the simulator reads it. */
export function misbehavioursText(given: Misbehaviours): string {
  return MISBEHAVIOURS.flatMap((kind) => (given[kind] === undefined ? [] : [`${kind}=${given[kind]}`])).join(',');
}
