import { z } from 'zod';

const assertion = z.object({ status: z.string(), fullName: z.string() });

/** As far as it is used here, what jest writes with --json. */
const jestResultsSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(assertion),
    }),
  ),
});

/** A test that did not run. */
export interface Skip {
  readonly test: string;
  /** what it needs, as its title says: `… (needs Docker)`; undefined when the title says nothing */
  readonly needs: string | undefined;
}

export interface Results {
  readonly passed: number;
  /** tests, and files that failed beside their tests: that could not be loaded, or whose process died */
  readonly failed: number;
  readonly skips: readonly Skip[];
}

/** What became of one test file. */
export interface FileResults extends Results {
  /** absolute path */
  readonly file: string;
  /** how long it took */
  readonly seconds: number;
}

/** Reads what one run of jest wrote. @throws ZodError when it is something else */
export function readResults(json: string): readonly FileResults[] {
  return jestResultsSchema
    .parse(JSON.parse(json))
    .testResults.map(({ name, status, startTime, endTime, assertionResults }) => {
      const failed = assertionResults.filter((one) => one.status === 'failed').length;
      return {
        file: name,
        seconds: (endTime - startTime) / 1000,
        passed: assertionResults.filter((one) => one.status === 'passed').length,
        failed: failed === 0 && status === 'failed' ? 1 : failed,
        skips: assertionResults
          .filter((one) => ['pending', 'todo', 'skipped', 'disabled'].includes(one.status))
          .map(({ fullName }) => ({ test: fullName, needs: /\(needs ([^)]+)\)/u.exec(fullName)?.[1] })),
      };
    });
}

/** A run that failed outside its test files: counted as one failure, so that it cannot go unseen. */
export const FAILED_RUN: Results = { passed: 0, failed: 1, skips: [] };

/** Several results as one. */
export function addResults(all: readonly Results[]): Results {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    skips: all.flatMap(({ skips }) => skips),
  };
}
