import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { SERVICES } from '../installation/layout.js';
import { EXAMPLE_ORDERS, PROJECT_ROOT } from '../run/project.js';
import { RELEASE } from './release.js';
import type { Step, TestRun } from './test-run.js';

const placedSchema = z.object({ orders: z.int() });
const outboxesSchema = z.array(z.object({ service: z.string(), deadEvents: z.int() })).length(SERVICES.length);
const balanceSchema = z.object({ checks: z.array(z.unknown()) });

async function orders(test: TestRun): Promise<string> {
  const { run } = await test.reach();
  const file = join(run.directory, 'orders.jsonl');
  const lines = (await readFile(EXAMPLE_ORDERS, 'utf8')).split('\n').slice(0, test.orders);
  await writeFile(file, `${lines.join('\n')}\n`);
  const placed = placedSchema.parse(JSON.parse(await runScript(test, 'place-orders', [file, '--json'])));
  const books = await balanceBooks(test);
  return `${plural(placed.orders, 'order')}, each ended; ${books}; ${await noDeadLetters(test)}`;
}

/** What scripts/outrider finds by the namespace alone. @throws CommandError when it finds anything else */
async function noDeadLetters(test: TestRun): Promise<string> {
  const outboxes = outboxesSchema.parse(await askOutrider(test, 'outbox', 'status'));
  if (outboxes.some(({ deadEvents }) => deadEvents > 0)) {
    throw new CommandError(`There are dead letters: ${JSON.stringify(outboxes)}`);
  }
  return `scripts/outrider finds no dead letters in ${outboxes.length} outboxes`;
}

/** What `scripts/outrider … --json` answers by the namespace alone. @throws CommandError when it is refused */
export async function askOutrider(test: TestRun, ...command: readonly string[]): Promise<unknown> {
  const { up } = await test.reach();
  const where = ['--namespace', test.cluster.namespace, '--release', RELEASE, '--token', up.tokens.admin];
  return JSON.parse(await runScript(test, 'outrider', [...command, '--json', ...where]));
}

/** Balances the books of the installation. @throws CommandError when they do not balance */
export async function balanceBooks(test: TestRun): Promise<string> {
  await test.reach();
  // ends with an error when they do not
  const { checks } = balanceSchema.parse(JSON.parse(await runScript(test, 'balance', ['--json'])));
  return `the books balance (${plural(checks.length, 'check')})`;
}

/** Runs a command of scripts/ on what up.json describes. @returns its standard output */
async function runScript({ cluster, signal }: TestRun, name: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...cluster.kubectl.env };
  const child = spawn(join(PROJECT_ROOT, 'scripts', name), args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = await ended;
  if (code !== 0) throw new CommandError(`scripts/${name} ended with ${code}:\n${said}${output}`);
  return output;
}

export const ORDERS_STEP: Step = { name: 'orders', title: 'Orders and balance, from outside', run: orders };
