import { command, exitWith, runCommand } from '../cli/run-command.js';
import { devSecrets } from '../cluster/dev-secrets.js';

const program = command(
  'scripts/dev-secrets',
  'Prints new certificates, passwords and keys for the servers of k8s/dev, as objects for kubectl create -f -.',
);

async function print(): Promise<number> {
  console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await devSecrets() }));
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), print));
