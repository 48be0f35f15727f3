import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { runProgram } from './run-program.js';

/** A weakness of a package that is known and shipped all the same. */
export interface Accepted {
  /** `GHSA-xxxx-xxxx-xxxx` */
  readonly id: string;
  /** why it does no harm here */
  readonly reason: string;
}

/** Advisories that a release may go out with. One that is not found any more has to leave the list. */
export const ACCEPTED: readonly Accepted[] = [];

/** What npm knows against a package. */
export interface Advisory {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly severity: string;
}

const SERIOUS: ReadonlySet<string> = new Set(['high', 'critical']);

const advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() });
const report = z.object({
  // a package that is affected through another one names that one
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisory])) })),
});
const refusal = z.object({ message: z.string() });

/**
 * What the registry knows against the packages of a folder with a lockfile.
 * @throws CommandError when the registry does not say
 */
export async function readAdvisories(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Advisory[]> {
  // its exit code is 0, whatever it has found
  const args = ['audit', '--omit=dev', '--package-lock-only', '--json', '--audit-level=none'];
  const text = await runProgram('npm', args, { cwd: folder, env }).catch((error: unknown) => {
    throw new CommandError(`the registry does not say what it knows against the packages: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  const found = new Map<string, Advisory>();
  for (const { via } of Object.values(report.parse(JSON.parse(text)).vulnerabilities)) {
    for (const one of via) {
      if (typeof one === 'string') continue;
      const { name, title, severity, url } = one;
      const id = url.split('/').at(-1) ?? url;
      found.set(`${id} ${name}`, { id, name, title, severity });
    }
  }
  return [...found.values()].toSorted((a, b) => a.id.localeCompare(b.id));
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { stdout?: string } };
  try {
    return refusal.parse(JSON.parse(cause?.stdout ?? '')).message;
  } catch {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What of it keeps a version from being released, a sentence each. */
export function auditProblems(advisories: readonly Advisory[], accepted: readonly Accepted[]): readonly string[] {
  const known = new Set(accepted.map(({ id }) => id));
  const found = new Set(advisories.map(({ id }) => id));
  return [
    ...advisories
      .filter(({ id, severity }) => SERIOUS.has(severity) && !known.has(id))
      .map(({ id, name, title, severity }) => `${name}: ${title} (${severity}, ${id}).`),
    ...accepted
      .filter(({ id }) => !found.has(id))
      .map(({ id }) => `${id} is accepted in scripts/src/release/audit.ts and is not found any more.`),
  ];
}
