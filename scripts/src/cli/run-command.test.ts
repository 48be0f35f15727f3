import { describe, expect, it } from '@jest/globals';
import { InfraError, type InfraErrorCode } from '@outrider/testkit';
import { CommandError, UsageError } from './errors.js';
import { wholeNumber } from './parse.js';
import { command, runCommand } from './run-command.js';

async function run(argv: string[], work: (options: { replicas?: number }) => Promise<number>) {
  const told: string[] = [];
  const program = command('scripts/up', 'Starts it').option('--replicas <n>', 'how many', wholeNumber(1, 10));
  const code = await runCommand(program, argv, work, (text) => told.push(text));
  return { code, told };
}

describe('a command', () => {
  it('ends with what its work answers', async () => {
    expect(await run(['--replicas', '3'], async ({ replicas }) => replicas ?? 0)).toEqual({ code: 3, told: [] });
  });

  it.each([
    [['--replica', '3'], /unknown option '--replica'.*Did you mean --replicas/],
    [['--replicas', 'x'], /'x' is invalid\. It must be a whole number from 1 to 10\./],
    [['--replicas'], /argument missing/],
    [['more'], /too many arguments/],
  ])('reports a wrong command line (%j) in one line, exit code 2', async (argv, sentence) => {
    const { code, told } = await run(argv, async () => 0);
    expect(code).toBe(2);
    expect(told).toEqual([expect.stringMatching(sentence)]);
    expect(told[0]).not.toContain('\n');
  });

  it('ends with 2 for a setting of the environment that is wrong, with 1 for servers that cannot be had', async () => {
    const failing = (code: InfraErrorCode) => run([], () => Promise.reject(new InfraError(code, 'so it is')));
    expect(await failing('INFRA_URL_INVALID')).toEqual({ code: 2, told: ['scripts/up: so it is'] });
    expect(await failing('INFRA_URL_UNREACHABLE')).toEqual({ code: 1, told: ['scripts/up: so it is'] });
  });

  it('points at the help of the command that was wrong', async () => {
    const told: string[] = [];
    const program = command('scripts/outrider', 'Shows');
    const outbox = program.command('outbox');
    outbox.command('shards').action(() => undefined);
    const wrong = (...argv: string[]) =>
      runCommand(
        program,
        argv,
        async () => 0,
        (text) => told.push(text),
      );
    expect(await wrong('outbox', 'shards', '--jsn')).toBe(2);
    expect(await wrong('--jsn', 'outbox')).toBe(2);
    expect(told).toEqual([
      expect.stringMatching(/'--jsn' \(see scripts\/outrider outbox shards --help\)$/u),
      expect.stringMatching(/'--jsn' \(see scripts\/outrider --help\)$/u),
    ]);
  });

  it('reports what a person can act on by its message, and a bug with its stack', async () => {
    const failing = (error: Error) =>
      run([], () => {
        throw error;
      });
    expect(await failing(new CommandError('Start it.'))).toEqual({ code: 1, told: ['scripts/up: Start it.'] });
    expect(await failing(new UsageError('No such file.'))).toEqual({ code: 2, told: ['scripts/up: No such file.'] });
    expect((await failing(new RangeError('bug'))).told[0]).toMatch(/bug\n\s+at /);
  });
});
