/** Who is looking: a customer sees their own orders and no trace of others', an admin sees all. */
export type Viewer = { readonly kind: 'admin' } | { readonly kind: 'customer'; readonly customerId: string };

/** The condition on orders that a viewer adds to every question. */
export function visibleTo(viewer: Viewer): { customerId?: string } {
  switch (viewer.kind) {
    case 'admin':
      return {};
    case 'customer':
      return { customerId: viewer.customerId };
  }
}

/** What admins see and customers do not: words that nobody has made fit for strangers. */
export function forAdmins<K extends string>(
  viewer: Viewer,
  words: Readonly<Record<K, string | null>>,
): Partial<Record<K, string>> {
  if (viewer.kind !== 'admin') return {};
  return Object.fromEntries(Object.entries(words).filter(([, said]) => said !== null)) as Partial<Record<K, string>>;
}

/** The same condition on one order. */
export function maySee(viewer: Viewer, order: { readonly customerId: string }): boolean {
  return viewer.kind === 'admin' || order.customerId === viewer.customerId;
}
