import { ProblemError, type Principal } from '@outrider/contracts';
import type { Access } from './endpoint.js';

/**
 * Checks that a caller may call an endpoint.
 * @throws ProblemError unauthenticated (401) without credentials, and with an API key where a person is needed; forbidden
 * (403) for a missing role or scope
 */
export function authorise(access: Access, principal: Principal): void {
  if (access === 'anyone') return;
  switch (principal.kind) {
    case 'nobody':
      throw new ProblemError('unauthenticated', `Nothing says who is calling. ${takenBy(access)}`);
    case 'person':
      if (access.roles?.some((role) => principal.roles.includes(role)) === true) return;
      throw new ProblemError('forbidden', takenBy(access));
    case 'service':
      if (access.scope === undefined) throw new ProblemError('unauthenticated', takenBy(access));
      if (principal.scopes.includes(access.scope)) return;
      throw new ProblemError('forbidden', takenBy(access));
  }
}

/** What a caller needs, as /openapi.json has it too. */
function takenBy({ roles = [], scope }: Exclude<Access, 'anyone'>): string {
  const ways = [
    ...(roles.length === 0 ? [] : [`a token (Authorization: Bearer) with the role ${roles.join(' or ')}`]),
    ...(scope === undefined ? [] : [`an API key (X-Api-Key) with the scope ${scope}`]),
  ];
  return `It takes ${ways.join(', or ')}.`;
}

/** True for an admin. */
export function isAdmin(principal: Principal): boolean {
  return principal.kind === 'person' && principal.roles.includes('admin');
}

/** The name under which a caller's idempotency keys and request rate are stored. */
export function principalName(principal: Principal): string {
  return principal.kind === 'nobody' ? 'nobody' : `${principal.kind}:${principal.id}`;
}
