import { isTerminal } from '@outrider/contracts';
import { percentage, wholeNumber } from '../cli/parse.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen } from '../cli/screen.js';
import { openRunning } from '../installation/describe.js';
import { loadOrders } from '../orders/load-orders.js';
import { mix } from '../orders/mix.js';
import { DEFAULT_CONCURRENCY, runOrders } from '../orders/run-orders.js';
import { InterruptedError, untilSignal } from '../cli/until-signal.js';
import { complaints } from '../run/verdict.js';
import { EXAMPLE_ORDERS } from '../run/project.js';
import { runRoot } from '../run/run-directory.js';
import { untilEnded } from '../run/until-ended.js';
import { readUpFile } from '../run/up-file.js';

interface Options {
  readonly stock: number;
  readonly seed?: number;
  readonly concurrency: number;
  readonly json?: true;
}

const program = command('scripts/place-orders', 'Places the orders of a file in the running installation.')
  .argument('[file]', 'one JSON object a line: {orderId, customer, date, lines: [{sku, quantity, unitPriceCents}]}')
  .option('--stock <percent>', 'put this much of what they ask for into stock, rounded down per sku', percentage, 100)
  .option(
    '--seed <n>',
    "mix the orders, the same way for the same number; without it they go in the file's order",
    wholeNumber(0, 2 ** 31),
  )
  .option('--concurrency <n>', 'requests at a time', wholeNumber(1, 256), DEFAULT_CONCURRENCY)
  .option('--json', 'write the result to standard output as JSON, everything else to standard error');

async function placeOrders(options: Options, [path = EXAMPLE_ORDERS]: readonly string[]): Promise<number> {
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const read = await loadOrders(path);
  const file = options.seed === undefined ? read : { ...read, orders: mix(read.orders, options.seed) };
  const root = runRoot();
  const up = await readUpFile(root);
  const running = await openRunning(root, up);
  const installation = untilEnded(root, up);
  const signal = AbortSignal.any([untilSignal(), installation.signal]);
  const { stock: stockPercent, concurrency } = options;
  try {
    const ran = await runOrders({ running, file, stockPercent, concurrency, screen, signal });
    const statuses = Object.entries(Object.groupBy(ran.orders, ({ status }) => status)).map(
      ([status, orders]) => [status, orders.length] as const,
    );
    const stuck = ran.orders.filter(({ status }) => !isTerminal(status)).length;
    const wrong = complaints(file, ran, { stuck });
    screen.rows(
      statuses.map(([status, orders]) => [status, String(orders)]),
      [1],
    );
    if (wrong.length > 0) screen.item(`Not as it should be: ${wrong.join('; ')}.`);
    if (options.json) {
      console.log(
        JSON.stringify({
          ok: wrong.length === 0,
          orders: ran.orders.length,
          statuses: Object.fromEntries(statuses),
          stuck,
          refused: ran.refused,
          problems: file.problems,
        }),
      );
    }
    return wrong.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  } finally {
    installation.stop();
  }
}

await exitWith(runCommand(program, process.argv.slice(2), placeOrders));
