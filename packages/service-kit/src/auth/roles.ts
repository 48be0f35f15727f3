import { ROLES, type Role } from '@outrider/contracts';

/**
 * The roles that a claim gives, of those we know. `path` is a claim's name, also one with dots in it
 * (`https://shop.example/roles`), or leads into objects by dots (`realm_access.roles`, `resource_access.shop.roles`).
 * The claim is a list, or names between spaces or commas; anything else gives no role.
 */
export function rolesIn(claims: Readonly<Record<string, unknown>>, path: string): Role[] {
  const claim = at(claims, path);
  const names: readonly unknown[] = Array.isArray(claim)
    ? claim
    : typeof claim === 'string'
      ? claim.split(/[ ,]+/u)
      : [];
  return ROLES.filter((role) => names.includes(role));
}

/** The value at a path. A name with dots goes before a path through objects; only own members count. */
function at(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Object.hasOwn(value, path)) return Object.getOwnPropertyDescriptor(value, path)?.value;
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const inner = Object.getOwnPropertyDescriptor(value, path.slice(0, dot))?.value as unknown;
    if (inner === undefined) continue;
    const found = at(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
