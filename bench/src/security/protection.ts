/** Servers in plain text, and servers with everything that `scripts/up --secure` turns on. */
export const PROTECTIONS = ['plain', 'secure'] as const;
export type Protection = (typeof PROTECTIONS)[number];
