import { writeFile } from 'node:fs/promises';
import { someOf, wholeNumber } from '@outrider/scripts/cli/parse';
import { command, exitWith, runCommand } from '@outrider/scripts/cli/run-command';
import { Screen } from '@outrider/scripts/cli/screen';
import { InterruptedError, orAborted, untilSignal } from '@outrider/scripts/cli/until-signal';
import { benchGrowth } from './growth/growth-bench.js';
import { showGrowthBench } from './growth/show-growth-bench.js';
import { showSteadyBench } from './by-hand/show-steady-bench.js';
import { benchSteady } from './by-hand/steady-bench.js';
import { benchHot, HOT_PARTS, type HotPart } from './hot/hot-bench.js';
import { showHotBench } from './hot/show-hot-bench.js';
import { benchRelay, PARTS, type Part, type RelayBenchOptions, type RelayBenchResult } from './relay-bench.js';
import { BenchEnvironment, type EnvironmentOptions } from './bench-environment.js';
import { benchSecurity, SECURITY_PARTS, type SecurityPart } from './security/security-bench.js';
import { showSecurityBench } from './security/show-security-bench.js';
import { benchRatios, RATIO_PARTS, type RatioPart } from './ratios/ratios-bench.js';
import { showRatios } from './ratios/show-ratios.js';
import { showRelayBench } from './show-relay-bench.js';
import { showShops } from './shops/show-shops.js';
import { benchShops, type PeerShop } from './shops/shops-bench.js';
import { UsageError } from '@outrider/scripts/cli/errors';
import { showStress } from './stress/show-stress.js';
import { stress } from './stress/stress.js';
import { showWatchedBench } from './watched/show-watched-bench.js';
import { benchWatched, WATCHED_PARTS, type WatchedPart } from './watched/watched-bench.js';

interface RelayOptions extends Omit<RelayBenchOptions, 'parts'> {
  readonly only?: readonly Part[];
  readonly json?: true;
}

interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly json?: true;
}

interface HotOptions {
  readonly orders: number;
  readonly rounds: number;
  readonly replicas: readonly number[];
  readonly only: readonly HotPart[];
  readonly json?: true;
}

interface SecurityOptions {
  readonly orders: number;
  readonly events: number;
  readonly rounds: number;
  readonly only: readonly SecurityPart[];
  readonly json?: true;
}

interface WatchedOptions {
  readonly events: number;
  readonly orders: number;
  readonly rounds: number;
  readonly only: readonly WatchedPart[];
  readonly json?: true;
}

interface GrowthOptions {
  /** stored orders, a size each */
  readonly orders: readonly number[];
  readonly base: number;
  readonly placed: number;
  readonly requests: number;
  readonly rounds: number;
  /** a file */
  readonly json?: string;
}

interface ShopsOptions {
  readonly customers: readonly number[];
  readonly seconds: number;
  /** a file */
  readonly json?: string;
}

interface SteadyOptions {
  readonly perSecond: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly warm: number;
  /** a file */
  readonly json?: string;
}

interface RatiosOptions {
  readonly events: number;
  readonly orders: number;
  readonly rounds: number;
  readonly warm: number;
  readonly only: readonly RatioPart[];
  readonly peers: boolean;
  /** a file */
  readonly json?: string;
}

const events = wholeNumber(1, 10_000_000);

function eventList(text: string): number[] {
  return text.split(',').map(events);
}

const storedOrders = wholeNumber(10, 10_000_000);

function sizeList(text: string): number[] {
  return [...new Set(text.split(',').map(storedOrders))].sort((one, other) => one - other);
}

function replicaList(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 10));
}

function customerList(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 1_000));
}

function rateList(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 1_000));
}

const JSON_OPTION = ['--json', 'write the result to standard output as JSON'] as const;

const relayProgram = command(
  'scripts/bench relay',
  "Measures the outbox's relay on real servers: against the Kafka client by itself and against other outboxes.",
)
  .option('--events <number>', 'backlog of a drain', events, 10_000)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 3)
  .option(
    '--backlogs <numbers>',
    'backlogs that are compared; 3000000 takes minutes',
    eventList,
    [10_000, 100_000, 300_000],
  )
  .option(
    '--histories <numbers>',
    'events in the log beside which the lag is read; 10000000 takes minutes',
    eventList,
    [10_000, 1_000_000],
  )
  .option('--seconds <number>', 'of each measurement of latency', wholeNumber(1, 600), 10)
  .option('--idle-seconds <number>', 'of the look at a worker at rest', wholeNumber(1, 600), 30)
  .option('--only <parts>', `comma separated: ${PARTS.join(', ')}`, someOf(PARTS))
  .option('--subject <text>', 'of a drain, only those whose name contains it', '')
  .option(
    '--brokers <number>',
    'of Kafka, which are started here; with 3 a topic has three copies of which two must be in sync, and a drain is by the relay and kafkajs alone',
    wholeNumber(1, 5),
    1,
  )
  .option('--no-peers', 'without the other outboxes')
  .option(...JSON_OPTION);

const stressProgram = command(
  'scripts/bench stress',
  'Kills and pauses workers while writers write, and judges what arrives: nothing lost, nothing out of order.',
)
  .option('--seconds <number>', 'how long', wholeNumber(1, 3_600), 60)
  .option('--seed <number>', 'of everything that is drawn', wholeNumber(0, 2 ** 31), 1)
  .option(...JSON_OPTION);

const hotProgram = command(
  'scripts/bench hot',
  'Measures orders for one product against orders over a thousand, in turns: 0.7 of the rate is asked for.',
)
  .option('--orders <number>', 'of each round', wholeNumber(1, 1_000_000), 5_000)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 3)
  .option('--replicas <numbers>', 'processes; each number is measured by itself', replicaList, [1, 3])
  .option(
    '--only <parts>',
    'comma separated: inventory (alone, from Kafka to its outbox), installation (all of it, from POST to end)',
    someOf(HOT_PARTS),
    ['inventory'],
  )
  .option(...JSON_OPTION);

const securityProgram = command(
  'scripts/bench security',
  'Measures what TLS, logins and rights cost, in turns with plain text: 0.85 of the orders and 0.8 of the events a second are asked for.',
)
  .option('--orders <number>', 'of each round', wholeNumber(1, 1_000_000), 1_000)
  .option('--events <number>', 'backlog of a drain', events, 100_000)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 5)
  .option(
    '--only <parts>',
    'comma separated: orders (through two installations), drain (of a backlog, by the relay)',
    someOf(SECURITY_PARTS),
    [...SECURITY_PARTS],
  )
  .option(...JSON_OPTION);

const watchedProgram = command(
  'scripts/bench watched',
  'Measures what it costs to be scraped each 5 s and to send a tenth or all of the traces, also to an endpoint that is in trouble, in turns with neither.',
)
  .option('--events <number>', 'of each drain of an outbox-worker', events, 30_000)
  .option('--orders <number>', 'of each round', wholeNumber(1, 1_000_000), 500)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 5)
  .option(
    '--only <parts>',
    'comma separated: drain (of a backlog, by a worker), orders (through three installations)',
    someOf(WATCHED_PARTS),
    [...WATCHED_PARTS],
  )
  .option(...JSON_OPTION);

const growthProgram = command(
  'scripts/bench growth',
  'Measures what an order, each list and read, and the check of the books cost with few and with many stored orders, in turns: with a million at most 1.1 times what an order costs with ten thousand is asked for.',
)
  .option('--orders <numbers>', 'stored orders; each number is an installation of its own', sizeList, [1_000, 10_000])
  .option('--base <number>', 'orders that are really placed, and copied for the others', wholeNumber(10, 10_000), 300)
  .option('--placed <number>', 'orders of each round', wholeNumber(1, 100_000), 500)
  .option('--requests <number>', 'of each read in a round', wholeNumber(1, 10_000), 30)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 3)
  .option('--json <file>', 'write the result to a file as JSON');

const shopsProgram = (peer: PeerShop) =>
  command(
    `scripts/bench ${peer}`,
    `Measures purchases in our shop and in ${peer}, from the first request to the paid order, in turns on the same servers; installs ${peer} at first.`,
  )
    .option('--customers <numbers>', 'who buy one piece after the other', customerList, [1, 8, 32, 128])
    .option('--seconds <number>', 'of each measurement', wholeNumber(1, 600), 15)
    .option('--json <file>', 'write the result to a file as JSON');

const steadyProgram = command(
  'scripts/bench steady',
  'Measures orders that come at a steady rate, through an installation and through a program that is written by hand, in turns.',
)
  .option('--per-second <numbers>', 'orders a second; each rate is measured by itself', rateList, [5, 20, 80])
  .option('--seconds <number>', 'of each measurement', wholeNumber(1, 600), 10)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 3)
  .option('--warm <number>', 'orders that each process carries before it is measured', wholeNumber(1, 1_000_000), 3_000)
  .option('--json <file>', 'write the result to a file as JSON');

const ratiosProgram = command(
  'scripts/bench',
  'Measures what fits in ten minutes, and the ratios of it that are asked for. `relay`, `stress`, `hot`, `security`, `watched`, `growth`, `steady`, `medusa` or `vendure` measure more, each with --help.',
)
  .option('--events <number>', 'backlog of each drain by a relay', events, 300_000)
  .option('--orders <number>', 'of each round', wholeNumber(1, 1_000_000), 1_000)
  .option('--rounds <number>', 'rounds of which the median counts', wholeNumber(1, 99), 2)
  .option(
    '--warm <number>',
    'orders that each process carries before replicas and hand are measured',
    wholeNumber(1, 1_000_000),
    2_000,
  )
  .option(
    '--only <parts>',
    'comma separated: relay (against the Kafka client and other outboxes), hot (one product, through inventory), replicas (orders through three of each service), reads (of products, against Fastify and ioredis), hand (orders against a program that is written by hand)',
    someOf(RATIO_PARTS),
    [...RATIO_PARTS],
  )
  .option('--no-peers', 'without the other outboxes')
  .option('--json <file>', 'write the result to a file as JSON; a ratio that was not measured is absent');

/** Opens the environment, and leaves nothing behind however the work ends. */
async function inEnvironment<T>(
  screen: Screen,
  work: (environment: BenchEnvironment, signal: AbortSignal) => Promise<T>,
  options: EnvironmentOptions = {},
): Promise<T> {
  const signal = untilSignal(() => screen.line('Ending …'));
  screen.heading('Servers');
  await using environment = await BenchEnvironment.open((line) => screen.item(line), options);
  // before the work begins: nobody would wait for it
  signal.throwIfAborted();
  return await orAborted(work(environment, signal), signal);
}

async function relay({ only = PARTS, json, ...options }: RelayOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const { brokers } = options;
  const work = (environment: BenchEnvironment): Promise<RelayBenchResult> =>
    benchRelay(environment, { ...options, parts: only }, (text) => screen.item(text));
  const result = await inEnvironment(screen, work, { brokers });
  if (json) console.log(JSON.stringify(result));
  else showRelayBench(new Screen(process.stdout), result);
  return 0;
}

async function stressOnce({ json, ...options }: StressOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const result = await inEnvironment(screen, (environment, signal) =>
    stress(environment, { ...options, signal }, (text) => screen.item(text)),
  );
  if (json) console.log(JSON.stringify(result));
  else showStress(new Screen(process.stdout), result);
  return result.passed ? 0 : 1;
}

async function hot({ only: parts, json, ...options }: HotOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchHot({ ...options, parts, screen, signal });
  if (json) console.log(JSON.stringify(result));
  else showHotBench(new Screen(process.stdout), result);
  return 0;
}

async function security({ only: parts, json, ...options }: SecurityOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchSecurity({ ...options, parts, screen, signal });
  if (json) console.log(JSON.stringify(result));
  else showSecurityBench(new Screen(process.stdout), result);
  return 0;
}

async function watched({ only: parts, json, ...options }: WatchedOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchWatched({ ...options, parts, screen, signal });
  if (json) console.log(JSON.stringify(result));
  else showWatchedBench(new Screen(process.stdout), result);
  return 0;
}

async function growth({ orders: sizes, placed, json, ...options }: GrowthOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchGrowth({ ...options, sizes, orders: placed, screen, signal });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  showGrowthBench(new Screen(process.stdout), result);
  return 0;
}

async function steady({ perSecond: rates, json, ...options }: SteadyOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchSteady({ ...options, rates, screen, signal });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  showSteadyBench(new Screen(process.stdout), result);
  return 0;
}

async function ratios({ only: parts, json, ...options }: RatiosOptions): Promise<number> {
  const screen = new Screen(process.stderr);
  const signal = untilSignal(() => screen.line('Ending …'));
  const result = await benchRatios({ ...options, parts, screen, signal });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  showRatios(new Screen(process.stdout), result);
  return 0;
}

const shops =
  (peer: PeerShop) =>
  async ({ json, ...options }: ShopsOptions): Promise<number> => {
    const screen = new Screen(process.stderr);
    const signal = untilSignal(() => screen.line('Ending …'));
    const result = await benchShops({ ...options, peer, screen, signal });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
    showShops(new Screen(process.stdout), result);
    return 0;
  };

/** Ctrl-C is no failure of the bench. */
function interruptible<O>(work: (options: O) => Promise<number>): (options: O) => Promise<number> {
  return async (options) => {
    try {
      return await work(options);
    } catch (error) {
      if (error instanceof InterruptedError) return error.exitCode;
      throw error;
    }
  };
}

async function main([what, ...rest]: readonly string[]): Promise<number> {
  switch (what) {
    case 'relay':
      return runCommand<RelayOptions & Record<string, unknown>>(relayProgram, rest, interruptible(relay));
    case 'stress':
      return runCommand<StressOptions & Record<string, unknown>>(stressProgram, rest, interruptible(stressOnce));
    case 'hot':
      return runCommand<HotOptions & Record<string, unknown>>(hotProgram, rest, interruptible(hot));
    case 'security':
      return runCommand<SecurityOptions & Record<string, unknown>>(securityProgram, rest, interruptible(security));
    case 'watched':
      return runCommand<WatchedOptions & Record<string, unknown>>(watchedProgram, rest, interruptible(watched));
    case 'growth':
      return runCommand<GrowthOptions & Record<string, unknown>>(growthProgram, rest, interruptible(growth));
    case 'steady':
      return runCommand<SteadyOptions & Record<string, unknown>>(steadyProgram, rest, interruptible(steady));
    case 'medusa':
    case 'vendure':
      return runCommand<ShopsOptions & Record<string, unknown>>(shopsProgram(what), rest, interruptible(shops(what)));
    default:
      if (what === undefined || what.startsWith('-')) {
        const all = what === undefined ? [] : [what, ...rest];
        return runCommand<RatiosOptions & Record<string, unknown>>(ratiosProgram, all, interruptible(ratios));
      }
      return runCommand(ratiosProgram, [], () =>
        Promise.reject(
          new UsageError(
            `There is no bench ${what}: relay, stress, hot, security, watched, growth, steady, medusa and vendure are there (see scripts/bench --help)`,
          ),
        ),
      );
  }
}

await exitWith(main(process.argv.slice(2)));
