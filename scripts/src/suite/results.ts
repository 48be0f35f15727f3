import { z } from 'zod';

const assertion = z.object({ status: z.string(), fullName: z.string() });

/** As far as it is used here, what jest writes with --json. */
const jestResultsSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  testResults: z.array(z.object({ name: z.string(), assertionResults: z.array(assertion) })),
});

/** A test that did not run. */
export interface Skip {
  readonly test: string;
  /** what it needs, as its title says: `… (needs Docker)`; undefined when the title says nothing */
  readonly needs: string | undefined;
}

export interface Results {
  readonly passed: number;
  /** tests, and files that could not even be loaded */
  readonly failed: number;
  readonly skips: readonly Skip[];
}

/** Reads what one run of jest wrote. @throws ZodError when it is something else */
export function readResults(json: string): Results {
  const results = jestResultsSchema.parse(JSON.parse(json));
  const skips = results.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => ['pending', 'todo', 'skipped', 'disabled'].includes(status))
    .map(({ fullName }) => ({ test: fullName, needs: /\(needs ([^)]+)\)/u.exec(fullName)?.[1] }));
  return { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites, skips };
}

/** One run that could not be read: counted as one failure, so that it cannot go unseen. */
export const UNREADABLE: Results = { passed: 0, failed: 1, skips: [] };

/** Several runs as one. */
export function addResults(all: readonly Results[]): Results {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    skips: all.flatMap(({ skips }) => skips),
  };
}
