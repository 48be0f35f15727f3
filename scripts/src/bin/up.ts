import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Order } from '@outrider/contracts';
import { balance } from '../balance/balance.js';
import { showBalance } from '../balance/show-balance.js';
import { UsageError } from '../cli/errors.js';
import { payments, percentage, wholeNumber, type Payments } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { count, plural, Screen, secondsSince } from '../cli/screen.js';
import type { Running } from '../installation/describe.js';
import { readSettings } from '../installation/run-notes.js';
import { showWhereToLook } from '../installation/show-where-to-look.js';
import { createSecurity } from '../installation/secure-servers.js';
import { findPrometheus } from '../installation/prometheus.js';
import { startInstallation } from '../installation/start-installation.js';
import { loadOrders, type OrdersFile } from '../orders/load-orders.js';
import { refundOrders } from '../orders/refund-orders.js';
import { DEFAULT_CONCURRENCY, runOrders } from '../orders/run-orders.js';
import { finishAtProvider } from '../orders/finish-at-provider.js';
import { aborted, InterruptedError, orAborted, untilSignal } from '../cli/until-signal.js';
import { reportOf } from '../run/report.js';
import { showReport } from '../run/show-report.js';
import { complaints } from '../run/verdict.js';
import { EXAMPLE_ORDERS } from '../run/project.js';
import { createRun, forgetOldRuns, makeRunRoot, runRoot } from '../run/run-directory.js';
import { buildShop } from '../shop/build-shop.js';
import { chooseProvider } from '../shop/choose-provider.js';
import { readShop, type Shop } from '../shop/read-shop.js';
import { findUpFile, isAlive, removeUpFile, upFilePath, writeUpFile, type UpFile } from '../run/up-file.js';

interface Options {
  readonly once?: true;
  readonly orders?: string;
  readonly stock?: number;
  readonly payments?: Payments;
  readonly provider?: string;
  readonly shop?: string;
  readonly seed: number;
  readonly replicas: number;
  readonly secure?: true;
  readonly report?: string;
  readonly json?: true;
  readonly prometheus?: true;
}

const RUNS_KEPT = 10;

const program = command(
  'scripts/up',
  'Starts everything on this machine, places orders if asked to, and stays until Ctrl-C.',
)
  .option('--once', 'place orders (by default those of examples/orders.jsonl), balance the books and end')
  .option('--orders <file>', 'place the orders of this file, one JSON object a line, and balance the books')
  .option('--stock <percent>', 'put this much of what the orders ask for into stock, rounded down per sku', percentage)
  .option(
    '--payments <kinds>',
    'what the payment provider does, in per cent, e.g. declines=10,timeouts=5: declines, actions (the customer must ' +
      'approve), timeouts, duplicates and forged (webhooks), pending (refunds that take their time), returned (refunds ' +
      'that come back), dashboard (payments refunded by hand)',
    payments,
  )
  .option(
    '--provider <name>',
    'how the payment service speaks to it: simulator (in its own way), stripe, or a provider of the shop’s own ' +
      '(default: PAYMENT_PROVIDER of the environment, else simulator)',
  )
  .option('--shop <folder>', 'run the programs of this shop instead of the core’s, where it has some')
  .option('--seed <n>', 'decides which payments go wrong', wholeNumber(0, 2 ** 31), 1)
  .option('--replicas <n>', 'processes of each service and of the worker', wholeNumber(1, 10), 1)
  .option('--secure', 'servers that speak TLS alone, want a login of every process and allow it no more than it needs')
  .option('--prometheus', 'scrape all processes by a Prometheus with the rules of k8s/monitoring, and show its address')
  .option('--report <file>', 'write what the orders came to into this file, as JSON')
  .option('--json', 'write the result to standard output as JSON, everything else to standard error');

async function up(options: Options): Promise<number> {
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const ordersPath = options.orders ?? (options.once ? EXAMPLE_ORDERS : undefined);
  if (ordersPath === undefined && (options.stock !== undefined || options.report !== undefined)) {
    throw new UsageError('--stock and --report are about orders: give --orders FILE or --once too.');
  }
  const file = ordersPath === undefined ? undefined : await loadOrders(ordersPath);
  if (options.report !== undefined) await mustBeWritable(options.report);

  const shop = options.shop === undefined ? undefined : await readShop(options.shop);
  const provider = chooseProvider(options.provider, shop);
  if (shop !== undefined) refuseWhatItCannot(shop, provider, options);
  if (shop !== undefined) await buildShop(shop);

  const prometheus = options.prometheus === true ? await findPrometheus() : undefined;

  const signal = untilSignal(() => screen.heading('Stopping (once more to end at once)'));
  const root = runRoot();
  await makeRunRoot(root);
  const neighbour = await clearUpFile(root, screen);
  const run = await createRun(root);
  await forgetOldRuns(root, RUNS_KEPT);
  const since = performance.now();
  const undo = new AsyncDisposableStack();
  // deferred first, so done last, when this run's own file is gone
  undo.defer(async () => {
    if (neighbour !== undefined && isAlive(neighbour)) await writeUpFile(root, neighbour);
  });
  try {
    screen.line(`Outrider, run ${run.id}`);
    const { payments: behaviour = payments(''), seed, replicas, secure } = options;
    const security = secure ? await createSecurity(run) : undefined;
    const starting = startInstallation({
      root,
      run,
      replicas,
      payments: behaviour,
      provider,
      shop,
      seed,
      security,
      prometheus,
      screen,
      undo,
    });
    const running = await orAborted(starting, signal);
    screen.item(`all up ${secondsSince(since)} after the start`);
    if (file === undefined) return await stay(running);
    const code = await runFile(running, file, options, screen, signal);
    return options.once ? code : await stay(running, code);
  } catch (error) {
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  } finally {
    await undo.disposeAsync();
  }

  async function stay(running: Running, code = 0): Promise<number> {
    await showWhereToLook(screen, running, upFilePath(root));
    if (options.json && file === undefined) {
      const { tokens: _secret, ...shown } = running.up;
      console.log(JSON.stringify(shown));
    }
    await aborted(signal);
    return code;
  }
}

/** @throws UsageError where options ask for what a shop's own programs do not do */
function refuseWhatItCannot({ name, processes, providers }: Shop, provider: string, options: Options): void {
  if (options.secure === true && Object.keys(processes).length > 0) {
    const beside = Object.keys(processes).join(', ');
    throw new UsageError(`--secure gives logins to the core's processes alone; ${name} has ${beside} beside them.`);
  }
  if (options.payments !== undefined && providers[provider] !== undefined) {
    throw new UsageError(`--payments is about the simulator; ${provider} of ${name} has a stand-in of its own.`);
  }
}

/** Places a file's orders, balances the books, reports. Returns the exit code. */
async function runFile(
  running: Running,
  file: OrdersFile,
  options: Options,
  screen: Screen,
  signal: AbortSignal,
): Promise<number> {
  const stockPercent = options.stock ?? 100;
  const ran = await runOrders({ running, file, stockPercent, concurrency: DEFAULT_CONCURRENCY, screen, signal });
  await playOut(running, ran.orders, screen, signal);
  const balanced = await balance(running, signal);
  const report = reportOf(ran, balanced.books);
  showBalance(screen, balanced);
  showReport(screen, report);
  if (options.report !== undefined) await writeFile(options.report, `${JSON.stringify(report, undefined, 2)}\n`);

  const wrong = complaints(file, ran, report, balanced);
  screen.heading('Verdict');
  screen.item(wrong.length === 0 ? 'Everything is as it should be.' : `Not as it should be: ${wrong.join('; ')}.`);
  screen.item(`logs: ${relative(process.cwd(), running.run.logs)}`);
  if (options.json) {
    const { runId } = running.up;
    console.log(JSON.stringify({ runId, ok: wrong.length === 0, report, complaints: wrong, checks: balanced.checks }));
  }
  return wrong.length === 0 ? 0 : 1;
}

/** Refunds some orders where the provider does something of its own with refunds, and waits until all of that is over. */
async function playOut(running: Running, orders: readonly Order[], screen: Screen, signal: AbortSignal): Promise<void> {
  const { up: file, run } = running;
  const { pending = 0, returned = 0, dashboard = 0 } = (await readSettings(run)).behaviour;
  if (pending + returned + dashboard === 0) return;
  const since = performance.now();
  if (pending + returned > 0) {
    const { services, tokens } = file;
    const refunded = await refundOrders({
      orderUrl: services.order.url,
      token: tokens.admin,
      orders,
      restock: returned === 0,
      signal,
    });
    screen.item(`${plural(refunded, 'order')} refunded`);
  }
  const left = await finishAtProvider(file, signal, (open) =>
    screen.progress(`${count(open)} payments not as refunded`),
  );
  screen.item(
    left === 0
      ? `what the provider did by itself was taken over, in ${secondsSince(since)}`
      : `${plural(left, 'order')} not shown as the provider has it`,
  );
}

/**
 * What an installation that was killed left behind must not be taken for this one. One that lives steps back until
 * this one ends; it is what is returned.
 */
async function clearUpFile(root: string, screen: Screen): Promise<UpFile | undefined> {
  const before = await findUpFile(root);
  if (before === undefined) return undefined;
  if (isAlive(before)) {
    screen.line(`Run ${before.runId} is up as well; until this one ends, ${upFilePath(root)} names this one.`);
    return before;
  }
  await removeUpFile(root, before.runId);
  return undefined;
}

/** Found out before the work, not after it. */
async function mustBeWritable(path: string): Promise<void> {
  const directory = dirname(resolve(path));
  try {
    await access(directory, constants.W_OK);
  } catch (error) {
    throw new UsageError(`The report cannot be written: there is no folder ${directory} to write to.`, {
      cause: error,
    });
  }
}

await exitWith(runCommand(program, process.argv.slice(2), up));
