import { mkdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Keeper, startInfra, type Infra, type Mode } from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { type Payments } from '../cli/parse.js';
import { plural, secondsSince, type Screen } from '../cli/screen.js';
import { Supervisor } from './supervisor.js';
import type { Run } from '../run/run-directory.js';
import { findUpFile, removeUpFile, writeUpFile } from '../run/up-file.js';
import { accessDirectory, writeWebhookSecret } from './access-files.js';
import { prepareBacking, removeBacking } from './backing.js';
import { apiKeysFile, describe, identityDirectory, type Running } from './describe.js';
import type { Shop } from '../shop/read-shop.js';
import type { Surroundings } from './environment.js';
import { chooseLayout, publicUrl, RECONCILER, SERVICES, WORKER } from './layout.js';
import { migrateAll } from './migrate.js';
import { prometheusProgram } from './prometheus.js';
import { programsOf, shopPrograms, simulatorProgram } from './programs.js';
import { noteSettings } from './run-notes.js';
import type { RunSecurity } from './secure-servers.js';
import { waitUntilReady } from './wait-until-ready.js';

const STOP_WAIT_MS = 5_000;

const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  simulator: 'the payment provider',
  stripe: 'Stripe, as the payment provider',
};

export interface InstallationOptions {
  /** the folder of all runs, where up.json goes */
  readonly root: string;
  readonly run: Run;
  readonly replicas: number;
  readonly payments: Payments;
  /** how payments are made with the simulator: in its own way, unless said otherwise */
  readonly provider?: string;
  /** whose programs run instead of the core's; by default nobody's */
  readonly shop?: Shop | undefined;
  readonly seed: number;
  /** of servers that speak TLS and want a login; by default they speak plain text */
  readonly security?: RunSecurity | undefined;
  /** see InfraOptions: for measurements */
  readonly fullJvm?: boolean;
  /** where the servers come from; by default as the environment says */
  readonly servers?: Mode | undefined;
  /** the program of a Prometheus that scrapes all processes; by default none is started */
  readonly prometheus?: string | undefined;
  readonly screen: Screen;
  /** what is to be undone at the end, last first; the one who starts an installation disposes of it, also when it fails */
  readonly undo: AsyncDisposableStack;
}

/** An installation that this process has started. */
export interface Started extends Running {
  readonly infra: Infra;
}

/**
 * Starts servers, databases and processes, in that order, and writes up.json when everything is ready. Shows the
 * screen as it goes.
 *
 * @throws CommandError, InfraError with one sentence on what went wrong
 */
export async function startInstallation(options: InstallationOptions): Promise<Started> {
  const { root, run, screen, undo, security } = options;
  undo.defer(() => rm(accessDirectory(run), { recursive: true, force: true }));
  screen.heading('Servers');
  const servers = startInfra({
    durable: false,
    ...(options.fullJvm && { fullJvm: true }),
    log: (line) => screen.item(line),
    ...(options.servers && { mode: options.servers }),
    ...(security && { security: security.servers }),
  });
  undo.defer(() => stopServers(servers));
  const infra = await servers;
  const keeper = await Keeper.start();
  undo.defer(() => keeper.end());

  const { surroundings, identity } = await prepare(options, infra, keeper);
  const { payments, shop } = options;
  await noteSettings(run, { behaviour: { ...payments.behaviour }, ...(shop && { allows: shop.allows }) });

  let since = performance.now();
  screen.heading('Databases');
  await migrateAll(keeper, run, surroundings);
  screen.item(`${SERVICES.join(', ')}: made and migrated in ${secondsSince(since)}`);

  since = performance.now();
  screen.heading('Processes');
  const tokens = {
    admin: await identity.token({ sub: 'admin', roles: ['admin'] }),
    customer: await identity.token({ sub: 'customer', roles: ['customer'] }),
  };
  const { layout } = surroundings;
  const prometheus =
    options.prometheus === undefined ? undefined : await prometheusProgram(run, options.prometheus, layout, undo);
  const content = () => ({
    ...describe(run, surroundings, tokens, (name) => supervisor.pidOf(name)),
    ...(prometheus && { prometheus: { url: prometheus.address } }),
  });
  let written = false;
  const supervisor = new Supervisor(keeper, {
    ended: ({ name, spec }, how) => screen.item(`${name} ${how}; its log is ${spec.logFile}`),
    restarted: ({ name }, pid) => {
      screen.item(`${name} started again, pid ${pid}`);
      if (written) rewrite();
    },
  });
  undo.defer(async () => {
    supervisor.stop();
    await writing;
    await removeUpFile(root, run.id);
  });
  // One write at a time, and never over the file of an installation that was started later.
  let writing = Promise.resolve();
  const rewrite = (): void => {
    writing = writing
      .then(async () => {
        if ((await findUpFile(root))?.runId === run.id) await writeUpFile(root, content());
      })
      .catch((error: unknown) => screen.item(`up.json could not be replaced: ${String(error)}`));
  };

  const all = [
    simulatorProgram(
      run,
      {
        port: layout.simulator,
        seed: options.seed,
        payments: options.payments.text,
        provider: surroundings.provider,
        webhookUrl: `${publicUrl(layout.public.payment)}/webhooks/${surroundings.provider}`,
        webhookSecretFile: surroundings.webhookFiles.signing,
      },
      options.shop,
    ),
    ...programsOf(run, surroundings),
    ...(prometheus === undefined ? [] : [prometheus]),
  ];
  const beside = shopPrograms(run, surroundings);
  await Promise.all([...all.map(({ program }) => program), ...beside].map((program) => supervisor.start(program)));
  await waitUntilReady(supervisor, all);
  screen.rows([
    ...SERVICES.map((name) => [name, publicUrl(layout.public[name])]),
    [WORKER, 'relays events from the four databases to Kafka'],
    [RECONCILER, 'holds the books of the four databases against each other'],
    ...(prometheus === undefined ? [] : [['Prometheus', prometheus.address]]),
    [
      'simulator',
      `${surroundings.simulatorUrl} (stands in for ${PROVIDER_NAMES[surroundings.provider] ?? surroundings.provider})`,
    ],
    ...beside.map(({ name }) => [name, `of ${options.shop?.name}`]),
  ]);
  screen.item(
    `${plural(all.length + beside.length, 'process').replace('processs', 'processes')} ready in ${secondsSince(since)}`,
  );
  written = true;
  await writeUpFile(root, content());
  return { up: content(), run, identity, infra };
}

/**
 * Stops servers that may still be starting. What takes longer to come up than anyone wants to wait is left to its
 * keeper, which ends it as soon as this process is gone.
 */
async function stopServers(servers: Promise<Infra>): Promise<void> {
  const infra = await Promise.race([servers.catch(() => undefined), sleep(STOP_WAIT_MS, undefined, { ref: false })]);
  await infra?.stop();
}

async function prepare(
  { run, screen, replicas, provider = 'simulator', shop, security, undo }: InstallationOptions,
  infra: Infra,
  keeper: Keeper,
) {
  undo.defer(async () => {
    // the processes first: none may miss its database
    await keeper.end();
    await removeBacking(
      run,
      infra,
      (what, error) => screen.item(`${what} could not be removed: ${String(error)}`),
      shop,
    );
  });
  const [backing, { layout, moved }] = await Promise.all([
    prepareBacking(run, infra, (line) => screen.item(line), security, shop),
    chooseLayout(replicas, undo),
  ]);
  const taken = moved.map(
    ({ what, wished, given, takenBy }) => `port ${wished} is taken by ${takenBy}: ${what} is on ${given}`,
  );
  if (taken.length > 0) {
    screen.heading('Ports');
    taken.forEach((line) => screen.item(line));
  }
  const directory = identityDirectory(run);
  await mkdir(directory, { mode: 0o700 });
  const identity = await createIdentity(directory);
  undo.defer(() => rm(directory, { recursive: true }));
  await writeFile(apiKeysFile(run), '[]\n', { mode: 0o600 });
  const surroundings: Surroundings = {
    backing,
    layout,
    identity,
    apiKeysFile: apiKeysFile(run),
    provider,
    shop,
    simulatorUrl: publicUrl(layout.simulator),
    webhookFiles: await writeWebhookSecret(run, provider),
  };
  return { surroundings, identity };
}
