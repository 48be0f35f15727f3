import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { applyEdit } from './edit.js';
import { JestProcess } from './jest-process.js';
import type { TestRequest } from './jest-worker.js';
import type { Journal } from './journal.js';
import { resultOf, type Mutant, type Result } from './mutant.js';
import type { SourceFile } from './source-files.js';
import { refusedByCompiler } from './refused.js';
import type { TreeCopy } from './tree-copy.js';

export interface Trial {
  readonly copy: TreeCopy;
  readonly journal: Journal;
  /** longest time of one test file, in ms; undefined: by what it takes without a change */
  readonly limitMs: number | undefined;
  readonly signal: AbortSignal;
  readonly onResult: (result: Result) => void;
}

/** A test that passes without a change, and how long it takes then. */
type Timed = TestRequest & { readonly ms: number };

/** Runs each mutant's tests, the quickest first, until one fails. */
export class MutantTrial implements AsyncDisposable {
  readonly #jest: JestProcess;
  readonly #timed = new Map<string, Timed>();

  constructor(private readonly trial: Trial) {
    this.#jest = new JestProcess(trial.copy.directory, trial.signal);
  }

  /**
   * @param mutants of one file
   * @param withIntegration its integration tests, after its unit tests
   * @throws CommandError when a test fails without a change
   */
  async run(file: SourceFile, mutants: readonly Mutant[], withIntegration: boolean): Promise<Result[]> {
    const requests = [
      ...file.unit.map((test): TestRequest => ({ test, project: 'unit' })),
      ...(withIntegration ? file.integration : []).map((test): TestRequest => ({ test, project: 'integration' })),
    ];
    const fingerprint = await this.#fingerprint(requests);
    const known = new Map(mutants.map((mutant) => [mutant, this.trial.journal.find(mutant.id, fingerprint)]));
    const fresh = mutants.filter((mutant) => known.get(mutant) === undefined);
    const refused = await refusedByCompiler(this.trial.copy, fresh);
    const results: Result[] = [];
    let last: string | undefined;
    for (const [mutant, before] of known) {
      this.trial.signal.throwIfAborted();
      let result = before;
      if (result === undefined) {
        result = refused.has(mutant)
          ? resultOf(mutant, 'refused')
          : await this.#try(mutant, await this.#quickestFirst(requests, last));
        await this.trial.journal.add(result, fingerprint);
        last = result.by ?? last;
      }
      this.trial.onResult(result);
      results.push(result);
    }
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jest[Symbol.asyncDispose]();
  }

  async #try(mutant: Mutant, tests: readonly Timed[]): Promise<Result> {
    if (tests.length === 0) return resultOf(mutant, 'untested');
    const { copy, limitMs } = this.trial;
    const { path, text } = mutant.file;
    await copy.write(path, applyEdit(text, mutant.edit));
    try {
      for (const { test, project, ms } of tests) {
        const outcome = await this.#jest.run({ test, project }, limitMs ?? 15_000 + 4 * ms);
        if (outcome.kind === 'failed') return resultOf(mutant, 'killed', test);
        if (outcome.kind === 'timeout') return resultOf(mutant, 'timeout', test);
      }
      return resultOf(mutant, 'survived');
    } finally {
      await copy.write(path, text);
    }
  }

  /** The last one that noticed something, then by time: unit tests are quicker by themselves. */
  async #quickestFirst(requests: readonly TestRequest[], last: string | undefined): Promise<Timed[]> {
    const timed: Timed[] = [];
    for (const request of requests) timed.push(await this.#time(request));
    const rank = ({ test, ms }: Timed): number => (test === last ? -1 : ms);
    return timed.sort((one, other) => rank(one) - rank(other));
  }

  async #time(request: TestRequest): Promise<Timed> {
    const known = this.#timed.get(request.test);
    if (known !== undefined) return known;
    const outcome = await this.#jest.run(request, 300_000);
    if (outcome.kind !== 'passed') {
      throw new CommandError(`${request.test} does not pass without a change (${outcome.kind}); repair it first.`);
    }
    const timed = { ...request, ms: outcome.ms };
    this.#timed.set(request.test, timed);
    return timed;
  }

  async #fingerprint(requests: readonly TestRequest[]): Promise<string> {
    const hash = createHash('sha256');
    for (const { test } of requests) hash.update(await readFile(join(this.trial.copy.directory, test)));
    return hash.digest('hex').slice(0, 16);
  }
}
