import { SimulatorError } from './simulator-error.js';

/** How the provider behaves other than asked, each in per cent of what it applies to. */
export interface Behaviour {
  /** new authorisations that are declined */
  readonly declines: number;
  /** other new authorisations that the customer has to approve first */
  readonly actions: number;
  /** requests that are carried out and answered later than anybody waits */
  readonly timeouts: number;
  /** events whose webhook is sent twice */
  readonly duplicates: number;
  /** events beside which somebody else sends a webhook that says otherwise, with a wrong signature */
  readonly forged: number;
  /** refunds that are on their way for a while before they succeed */
  readonly pending: number;
  /** refunds that succeed and that the bank sends back later */
  readonly returned: number;
  /** captured payments that a person refunds at the dashboard later, in full or in part */
  readonly dashboard: number;
}

export const GOOD_BEHAVIOUR: Behaviour = {
  declines: 0,
  actions: 0,
  timeouts: 0,
  duplicates: 0,
  forged: 0,
  pending: 0,
  returned: 0,
  dashboard: 0,
};

const KNOWN = Object.keys(GOOD_BEHAVIOUR) as (keyof Behaviour)[];

/**
 * Reads `declines=10,timeouts=5`: names and whole per cents, separated by commas. An empty text is a provider that approves all.
 *
 * @throws SimulatorError BEHAVIOUR_INVALID naming everything that is wrong with it, and the names that exist
 */
export function parseBehaviour(text: string): Behaviour {
  const behaviour: Record<keyof Behaviour, number> = { ...GOOD_BEHAVIOUR };
  const problems: string[] = [];
  const given = new Set<string>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const [name = '', value, ...rest] = part.split('=').map((piece) => piece.trim());
    const known = KNOWN.find((candidate) => candidate === name);
    if (known === undefined) problems.push(`'${name}' is not known`);
    else if (given.has(name)) problems.push(`'${name}' is given twice`);
    else if (value === undefined || rest.length > 0 || !/^(?:100|\d{1,2})$/u.test(value)) {
      problems.push(`'${name}' must be a whole per cent from 0 to 100, like ${name}=10`);
    } else behaviour[known] = Number(value);
    given.add(name);
  }
  if (problems.length > 0) {
    throw new SimulatorError(
      'BEHAVIOUR_INVALID',
      `The payments' behaviour is not usable: ${problems.join('; ')}. There are: ${KNOWN.join(', ')}.`,
    );
  }
  return behaviour;
}
