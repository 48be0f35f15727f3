import { ProblemError, type Principal, type ProblemKind } from '@outrider/contracts';
import { authorise } from './access.js';
import type { EndpointDefinition } from './endpoint.js';

/**
 * The kinds of callers between which an operation may tell, with what docs/access.md calls them. Where it takes no API
 * key, a key "with its scope" has every scope there is.
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

/** What a call comes to: it is handled; it is handled and shows the caller's own things alone; or this problem. */
export type Outcome = 'yes' | 'own' | ProblemKind;

/** Credentials that are no good are refused before anybody asks for whom the operation is. */
const REFUSED = 'credentials that are no good';

/** What a valid request of this caller comes to: by the same guard that requests go through. */
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
  // what is named in the path is one thing of somebody's; else it is a list
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
    // a signature is looked at by who asks for one, and by nobody else
    case 'nobody':
    case 'signed':
      return { kind: 'nobody' };
  }
}
