/** Roles of people, as they stand in a token's roles claim. */
export const ROLES = ['customer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who is calling. `id` of a person is the token's `sub`; `scopes` of a service are the routes its key opens. */
export type Principal =
  | { readonly kind: 'person'; readonly id: string; readonly roles: readonly Role[] }
  | { readonly kind: 'service'; readonly id: string; readonly scopes: readonly string[] }
  | { readonly kind: 'nobody' };
