import { buildArgv, runCLI } from 'jest';

/** Started by jest-process: runs the test files that it is sent, in the folder named by its argument. */

export interface TestRequest {
  /** relative to the folder */
  readonly test: string;
  readonly project: 'unit' | 'integration';
}

export type TestAnswer =
  | { readonly kind: 'passed' | 'failed'; readonly ms: number }
  | { readonly kind: 'broken'; readonly reason: string };

const [directory = '.'] = process.argv.slice(2);

async function run({ test, project }: TestRequest): Promise<TestAnswer> {
  const argv = await buildArgv(['--runTestsByPath', test, '--selectProjects', project, '--runInBand', '--silent']);
  const since = performance.now();
  const { results } = await runCLI({ ...argv, reporters: [], watchman: false }, [directory]);
  const ms = performance.now() - since;
  if (results.numTotalTestSuites === 0) return { kind: 'broken', reason: 'no such test' };
  return { kind: results.success ? 'passed' : 'failed', ms };
}

process.on('message', (request: TestRequest) => {
  run(request)
    .catch((error: unknown): TestAnswer => ({ kind: 'broken', reason: String(error) }))
    .then((answer) => process.send?.(answer))
    .catch(() => process.exit(1));
});
// the one who started this has gone
process.on('disconnect', () => process.exit(0));
