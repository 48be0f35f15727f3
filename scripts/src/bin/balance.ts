import { balance } from '../balance/balance.js';
import { showBalance } from '../balance/show-balance.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen } from '../cli/screen.js';
import { openRunning } from '../installation/describe.js';
import { InterruptedError, untilSignal } from '../cli/until-signal.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';

interface Options {
  readonly json?: true;
}

const program = command(
  'scripts/balance',
  'Balances stock and money of the running installation, by what its services tell and by what its databases hold.',
).option('--json', 'write the result to standard output as JSON');

async function balanceBooks({ json }: Options): Promise<number> {
  const root = runRoot();
  const running = await openRunning(root, await readUpFile(root));
  try {
    const result = await balance(running, untilSignal());
    if (json) console.log(JSON.stringify({ balanced: result.balanced, checks: result.checks }));
    else showBalance(new Screen(process.stdout), result);
    return result.balanced ? 0 : 1;
  } catch (error) {
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  }
}

await exitWith(runCommand(program, process.argv.slice(2), balanceBooks));
