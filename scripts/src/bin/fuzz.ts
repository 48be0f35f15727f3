import { Option } from 'commander';
import { payments, wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen, secondsSince } from '../cli/screen.js';
import { credentialsOf, PRINCIPALS, type PrincipalName } from '../fuzz/credentials.js';
import { installedFuzzer } from '../fuzz/install.js';
import { runFuzzer } from '../fuzz/run-fuzzer.js';
import { targetAt, targetOf, TARGETS, type Target, type TargetName } from '../fuzz/targets.js';
import { openRunning, type Running } from '../installation/describe.js';
import { startInstallation } from '../installation/start-installation.js';
import { createRun, makeRunRoot, runRoot } from '../run/run-directory.js';
import { findUpFile, isAlive } from '../run/up-file.js';

interface Options {
  readonly service?: TargetName;
  readonly principal?: PrincipalName;
  readonly url?: string;
  readonly examples: number;
  readonly seed: number;
}

/** One run of the fuzzer. */
interface Round {
  readonly target: Target;
  /** as whom it calls, for people */
  readonly who: string;
  readonly header: string | undefined;
  /** which options do this round again */
  readonly again: string;
}

const program = command(
  'scripts/fuzz',
  'Fuzzes the services by what their /openapi.json says, on what is running or else on an installation of its own.',
)
  .addOption(new Option('--service <name>', 'only this one; admin is the admin port').choices(TARGETS))
  .addOption(new Option('--principal <who>', 'only as this caller').choices(PRINCIPALS))
  .addOption(
    new Option('--url <url>', 'only what serves /openapi.json there, as nobody').conflicts(['service', 'principal']),
  )
  .option('--examples <n>', 'the most cases of an operation and phase', wholeNumber(1, 10_000), 25)
  .option('--seed <n>', 'decides what is sent', wholeNumber(0, 2 ** 31), 1);

async function fuzz({ service, principal, url, examples, seed }: Options): Promise<number> {
  const screen = new Screen(process.stdout);
  const fuzzer = await installedFuzzer((line) => screen.item(line));
  const undo = new AsyncDisposableStack();
  try {
    const rounds =
      url === undefined
        ? await roundsOf(await openOrStart(screen, undo), service, principal)
        : [{ target: targetAt(url), who: 'nobody', header: undefined, again: `--url ${url}` }];
    screen.heading(`Fuzzing, seed ${seed}`);
    if (url === undefined) {
      screen.item(
        'a local installation allows a caller 1,000,000 requests a minute, and 64 KB of headers, so neither limit is met',
      );
    }
    let findings = 0;
    for (const { target, who, header, again } of rounds) {
      const since = performance.now();
      const { ok, summary, output } = await runFuzzer({ fuzzer, ...target, header, examples, seed });
      screen.item(`${ok ? 'good' : 'FOUND'}  ${target.name} as ${who}: ${summary}, ${secondsSince(since)}`);
      if (ok) continue;
      findings += 1;
      screen.line(output);
      screen.item(`again: scripts/fuzz ${again} --examples ${examples} --seed ${seed}`);
    }
    return findings === 0 ? 0 : 1;
  } finally {
    await undo.disposeAsync();
  }
}

/** Every target as every caller, but for what the options leave out. */
async function roundsOf(
  running: Running,
  service: TargetName | undefined,
  principal: PrincipalName | undefined,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const who of principal === undefined ? PRINCIPALS : [principal]) {
    const header = await credentialsOf(who, running);
    for (const name of service === undefined ? TARGETS : [service]) {
      const target = targetOf(name, running.up);
      rounds.push({ target, who, header, again: `--service ${name} --principal ${who}` });
    }
  }
  return rounds;
}

async function openOrStart(screen: Screen, undo: AsyncDisposableStack): Promise<Running> {
  const root = runRoot();
  const up = await findUpFile(root);
  if (up !== undefined && isAlive(up)) return openRunning(root, up);
  await makeRunRoot(root);
  const run = await createRun(root);
  return startInstallation({ root, run, replicas: 1, payments: payments(''), seed: 1, screen, undo });
}

await exitWith(runCommand(program, process.argv.slice(2), fuzz));
