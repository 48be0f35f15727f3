import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen } from '../cli/screen.js';
import { release } from '../release/release.js';
import { PROJECT_ROOT } from '../run/project.js';

interface Options {
  readonly out: string;
  readonly registry: string;
  readonly keep?: true;
  readonly withoutAudit?: string;
}

function registry(text: string): string {
  if (!/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/u.test(text)) {
    throw new InvalidArgumentError('It must be like registry.example:5000/shop.');
  }
  return text;
}

function reason(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must say why.');
  return text.trim();
}

const program = command(
  'scripts/release',
  'Checks that this checkout can be released, packages its charts and lists what it ships; nothing is published.',
)
  .option('--out <folder>', 'where the charts and the bill of materials go', join(PROJECT_ROOT, '.run/release'))
  .option(
    '--registry <prefix>',
    'where it will be published, for the commands that are shown',
    registry,
    'registry.example',
  )
  .option('--keep', "also keep the chart and the events' schemas in the checkout, to try later versions against them")
  .option('--without-audit <why>', 'do not ask the npm registry what is known against the packages', reason);

async function run({ out, registry: prefix, keep, withoutAudit }: Options): Promise<number> {
  const options = { out: resolve(out), registry: prefix, keep: keep === true, withoutAudit };
  await release(PROJECT_ROOT, options, new Screen(process.stdout));
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), run));
