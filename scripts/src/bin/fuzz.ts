import { mkdir } from 'node:fs/promises';
import { Option } from 'commander';
import { payments, wholeNumber } from '../cli/parse.js';
import { command, runCommand } from '../cli/run-command.js';
import { Screen, secondsSince } from '../cli/screen.js';
import { credentialsOf, PRINCIPALS, type PrincipalName } from '../fuzz/credentials.js';
import { installedFuzzer } from '../fuzz/install.js';
import { runFuzzer } from '../fuzz/run-fuzzer.js';
import { openRunning, type Running } from '../installation/describe.js';
import { SERVICES, type Service } from '../installation/layout.js';
import { startInstallation } from '../installation/start-installation.js';
import { createRun, runRoot } from '../run/run-directory.js';
import { findUpFile, isAlive } from '../run/up-file.js';

interface Options {
  readonly service?: Service;
  readonly principal?: PrincipalName;
  readonly examples: number;
  readonly seed: number;
}

const program = command(
  'scripts/fuzz',
  'Fuzzes the services by what their /openapi.json says, on what is running or else on an installation of its own.',
)
  .addOption(new Option('--service <name>', 'only this one').choices(SERVICES))
  .addOption(new Option('--principal <who>', 'only as this caller').choices(PRINCIPALS))
  .option('--examples <n>', 'the most cases of an operation and phase', wholeNumber(1, 10_000), 25)
  .option('--seed <n>', 'decides what is sent', wholeNumber(0, 2 ** 31), 1);

async function fuzz({ service, principal, examples, seed }: Options): Promise<number> {
  const screen = new Screen(process.stdout);
  const fuzzer = await installedFuzzer((line) => screen.item(line));
  const undo = new AsyncDisposableStack();
  try {
    const running = await openOrStart(screen, undo);
    screen.heading(`Fuzzing, seed ${seed}`);
    screen.item(
      'a local installation allows a caller 1,000,000 requests a minute, and 64 KB of headers, so neither limit is met',
    );
    let findings = 0;
    for (const who of principal === undefined ? PRINCIPALS : [principal]) {
      const header = await credentialsOf(who, running);
      for (const name of service === undefined ? SERVICES : [service]) {
        const since = performance.now();
        const { url } = running.up.services[name];
        const { ok, summary, output } = await runFuzzer({ fuzzer, url, header, examples, seed });
        screen.item(`${ok ? 'good' : 'FOUND'}  ${name} as ${who}: ${summary}, ${secondsSince(since)}`);
        if (ok) continue;
        findings += 1;
        screen.line(output);
        screen.item(`again: scripts/fuzz --service ${name} --principal ${who} --examples ${examples} --seed ${seed}`);
      }
    }
    return findings === 0 ? 0 : 1;
  } finally {
    await undo.disposeAsync();
  }
}

async function openOrStart(screen: Screen, undo: AsyncDisposableStack): Promise<Running> {
  const root = runRoot();
  const up = await findUpFile(root);
  if (up !== undefined && isAlive(up)) return openRunning(root, up);
  await mkdir(root, { recursive: true });
  const run = await createRun(root);
  return startInstallation({ root, run, replicas: 1, payments: payments(''), seed: 1, screen, undo });
}

process.exit(await runCommand(program, process.argv.slice(2), fuzz));
