/** The caller of a query: a customer sees only their own orders, an admin all. */
export type Viewer = { readonly kind: 'admin' } | { readonly kind: 'customer'; readonly customerId: string };

/** The customer whose orders alone the viewer sees; null: they see those of all. */
export function customerOf(viewer: Viewer): string | null {
  switch (viewer.kind) {
    case 'admin':
      return null;
    case 'customer':
      return viewer.customerId;
  }
}

/** Members that only admins see: ids and free text from providers and services. */
export function forAdmins<K extends string>(
  viewer: Viewer,
  words: Readonly<Record<K, string | null>>,
): Partial<Record<K, string>> {
  if (viewer.kind !== 'admin') return {};
  return Object.fromEntries(Object.entries(words).filter(([, text]) => text !== null)) as Partial<Record<K, string>>;
}

/** The same condition on one order. */
export function maySee(viewer: Viewer, order: { readonly customerId: string }): boolean {
  return viewer.kind === 'admin' || order.customerId === viewer.customerId;
}
