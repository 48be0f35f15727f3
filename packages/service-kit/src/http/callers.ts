import { ProblemError, type Principal, type ProblemKind } from '@outrider/contracts';
import { authorise } from './access.js';
import type { EndpointDefinition } from './endpoint.js';

/**
 * The kinds of callers that operations distinguish, as docs/access.md calls them. Where an operation takes no API key, a
 * key "with its scope" has every scope there is.
 */
export const CALLERS = {
  nobody: 'nobody',
  owner: 'customer whose it is',
  stranger: 'another customer',
  roleless: 'person without a role',
  admin: 'admin',
  scoped: 'key with its scope',
  unscoped: 'key with another scope',
  revoked: 'revoked key',
  signed: 'webhook signature',
} as const;
export type Caller = keyof typeof CALLERS;
export const CALLER_NAMES = Object.keys(CALLERS) as Caller[];

/** The outcome of a call: it is handled; it is handled and shows only what is the caller's; or it is refused with this problem. */
export type Outcome = 'yes' | 'own' | ProblemKind;

/** Invalid credentials are refused before the operation's access is checked. */
const REFUSED = 'invalid credentials';

/** The outcome of a valid request of this caller, by the same check that requests go through. */
export function outcomeOf(endpoint: EndpointDefinition, caller: Caller): Outcome {
  const { access, params, signed } = endpoint;
  const principal = principalOf(caller, access === 'anyone' ? undefined : access.scope);
  if (principal === REFUSED) return 'unauthenticated';
  try {
    authorise(access, principal);
  } catch (error) {
    if (error instanceof ProblemError) return error.kind;
    throw error;
  }
  if (signed === true && caller !== 'signed') return 'signature-invalid';
  const isCustomer = caller === 'owner' || caller === 'stranger';
  if (access === 'anyone' || access.own !== true || !isCustomer) return 'yes';
  // with a path parameter it is one customer's thing, without it is a list
  if (params === undefined) return 'own';
  return caller === 'owner' ? 'yes' : 'not-found';
}

function principalOf(caller: Caller, scope: string | undefined): Principal | typeof REFUSED {
  switch (caller) {
    case 'owner':
    case 'stranger':
      return { kind: 'person', id: caller, roles: ['customer'] };
    case 'roleless':
      return { kind: 'person', id: caller, roles: [] };
    case 'admin':
      return { kind: 'person', id: caller, roles: ['admin'] };
    case 'scoped':
      return { kind: 'service', id: caller, scopes: scope === undefined ? ['every:scope'] : [scope] };
    case 'unscoped':
      return { kind: 'service', id: caller, scopes: ['another:scope'] };
    case 'revoked':
      return REFUSED;
    // a signature is verified only by an endpoint that needs one
    case 'nobody':
    case 'signed':
      return { kind: 'nobody' };
  }
}
