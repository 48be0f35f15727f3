/** One thing that must be so. Balanced when what was seen is what was expected. */
export interface Check {
  readonly part: 'Orders' | 'Outcome' | 'Stock' | 'Money' | 'Reads';
  readonly what: string;
  /** how it was found out */
  readonly by: 'API' | 'SQL' | 'API and SQL';
  readonly expected: number;
  readonly seen: number;
  /** minor units; otherwise pieces, orders, products */
  readonly money?: boolean;
  /** the first few that differ, to look for the reason */
  readonly examples?: readonly string[];
}

export function holds(check: Check): boolean {
  return check.expected === check.seen;
}

/** A check that nothing is found that must not be. */
export function none(part: Check['part'], what: string, by: Check['by'], found: readonly string[]): Check {
  return { part, what, by, expected: 0, seen: found.length, ...(found.length > 0 && { examples: found.slice(0, 3) }) };
}
