import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen } from '../cli/screen.js';
import { InterruptedError, untilSignal } from '../cli/until-signal.js';
import { Cluster } from '../cluster-test/cluster.js';
import { findCluster } from '../cluster-test/find-cluster.js';
import { reach } from '../cluster-test/reach.js';
import { runSteps } from '../cluster-test/run-steps.js';
import { FURTHER_STEPS, STEPS } from '../cluster-test/steps.js';
import type { Running } from '../installation/describe.js';
import { PROJECT_ROOT } from '../run/project.js';
import { runRoot } from '../run/run-directory.js';

interface Options {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly keep?: true;
  readonly only?: string;
  readonly orders: number;
}

function namespaceName(text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u.test(text)) {
    throw new InvalidArgumentError('It must be a name of a-z, 0-9 and -, 63 characters at the most.');
  }
  return text;
}

const program = command(
  'scripts/cluster-test',
  'Installs everything into a cluster, places orders, breaks and replaces parts of it meanwhile, and takes it down.',
)
  .option('--kubeconfig <file>', 'the cluster (default: a new one by kind, which is deleted at the end)')
  .option('--namespace <name>', 'where in it; it is made, and deleted at the end', namespaceName, 'outrider-test')
  .option('--keep', 'leave the namespace, and a cluster of kind, as they are')
  .addOption(
    new Option('--only <step>', 'one step alone, on what is there; nothing is deleted').choices(
      [...STEPS, ...FURTHER_STEPS].map(({ name }) => name),
    ),
  )
  .option('--orders <n>', 'how many orders are placed from outside', wholeNumber(1, 1000), 200)
  .addHelpText(
    'after',
    `
Steps: ${STEPS.map(({ name }) => name).join(', ')}.
By --only alone: ${FURTHER_STEPS.map(({ name }) => name).join(', ')}. forward stays until Ctrl-C, and other commands
(token, outrider, place-orders, balance) work meanwhile as with scripts/up.

KUBECTL and HELM: which kubectl and helm; else those of PATH. CLUSTER_LOAD: a command that gives the cluster's nodes the
images in an archive whose path it gets; else kind does.`,
  );

async function clusterTest(options: Options): Promise<number> {
  const screen = new Screen(process.stdout);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8')));
  const signal = untilSignal(() => screen.heading('Stopping (once more to end at once)'));
  const keep = options.keep === true || options.only !== undefined;
  await using undo = new AsyncDisposableStack();
  const takeDown = keep ? new AsyncDisposableStack() : undo.use(new AsyncDisposableStack());
  const { kubectl, helm } = await findCluster(options.kubeconfig, takeDown, process.env);
  const cluster = new Cluster(kubectl, helm, options.namespace, signal);
  let reached: Promise<Running> | undefined;
  let reaching = undo.use(new AsyncDisposableStack());
  const steps =
    options.only === undefined ? STEPS : [...STEPS, ...FURTHER_STEPS].filter(({ name }) => name === options.only);
  try {
    return await runSteps(steps, {
      cluster,
      screen,
      signal,
      version,
      orders: options.orders,
      takeDown,
      reach: () => (reached ??= reach(cluster, runRoot(), reaching)),
      leave: async () => {
        reached = undefined;
        await reaching.disposeAsync();
        reaching = undo.use(new AsyncDisposableStack());
      },
    });
  } catch (error) {
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  }
}

await exitWith(runCommand(program, process.argv.slice(2), clusterTest));
