import { createHash } from 'node:crypto';
import type { Identity } from '@outrider/testkit/identity';

const LONGEST_SUBJECT = 200;

/** The subject of a customer's tokens; a name that no token may carry as it is gets a stand-in, always the same. */
export function subjectOf(customer: string): string {
  const subject = `customer-${encodeURIComponent(customer)}`;
  if (subject.length <= LONGEST_SUBJECT) return subject;
  return `customer-${createHash('sha256').update(customer).digest('hex')}`;
}

/** Tokens of many customers, each signed once. */
export class Customers {
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(private readonly identity: Pick<Identity, 'token'>) {}

  token(customer: string): Promise<string> {
    const sub = subjectOf(customer);
    let token = this.#tokens.get(sub);
    if (token === undefined) {
      token = this.identity.token({ sub, roles: ['customer'] });
      this.#tokens.set(sub, token);
    }
    return token;
  }
}
