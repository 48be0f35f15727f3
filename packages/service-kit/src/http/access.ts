import { ProblemError, type Principal } from '@outrider/contracts';
import type { Access } from './endpoint.js';

/**
 * Lets a caller through or refuses.
 * @throws ProblemError unauthenticated (401) for nobody, forbidden (403) for the wrong role or scope.
 */
export function authorise(access: Access, principal: Principal): void {
  if (access === 'anyone') return;
  switch (principal.kind) {
    case 'nobody':
      throw new ProblemError('unauthenticated', undefined, {}, { 'www-authenticate': 'Bearer' });
    case 'person':
      if (access.roles?.some((role) => principal.roles.includes(role)) === true) return;
      throw new ProblemError('forbidden');
    case 'service':
      if (access.scope !== undefined && principal.scopes.includes(access.scope)) return;
      throw new ProblemError('forbidden');
  }
}

/** True for an admin. */
export function isAdmin(principal: Principal): boolean {
  return principal.kind === 'person' && principal.roles.includes('admin');
}

/** The name under which a caller's idempotency keys and rate are kept. */
export function principalName(principal: Principal): string {
  return principal.kind === 'nobody' ? 'nobody' : `${principal.kind}:${principal.id}`;
}
