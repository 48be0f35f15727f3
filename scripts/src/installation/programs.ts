import { join } from 'node:path';
import type { Program } from './supervisor.js';
import type { Run } from '../run/run-directory.js';
import type { Shop } from '../shop/read-shop.js';
import {
  reconcilerEnvironment,
  serviceEnvironment,
  settingsOf,
  shopProcessEnvironment,
  simulatorEnvironment,
  workerEnvironment,
  type SimulatorSettings,
  type Surroundings,
} from './environment.js';
import { mainOf, nameOf, publicUrl, RECONCILER, SERVICES, WORKER } from './layout.js';
import type { Readiness } from './wait-until-ready.js';

/** What the images set of V8's heap: `nodeOptions` in the environment, `argument`, which may not stand there, at the entry. */
export const IMAGE_HEAP = { nodeOptions: '--max-semi-space-size=16', argument: '--heap-growing-percent=100' } as const;

/**
 * The heap that a process has in the container that the chart gives it (docs/decisions/357): V8 goes by the memory that there
 * is, and of a whole machine's it takes as much as it likes before it collects.
 */
export const CONTAINER_HEAP = [IMAGE_HEAP.nodeOptions, IMAGE_HEAP.argument, '--max-old-space-size=256'] as const;

function program(
  run: Run,
  name: string,
  main: string,
  env: NodeJS.ProcessEnv,
  heap: readonly string[] = CONTAINER_HEAP,
): Program {
  return {
    name,
    spec: {
      command: process.execPath,
      args: [...heap, main],
      env,
      cwd: run.directory,
      logFile: join(run.logs, `${name}.log`),
      stopSignal: 'SIGTERM',
    },
  };
}

/** The payment provider's stand-in: the simulator, or the shop's own. */
export function simulatorProgram(run: Run, settings: SimulatorSettings, shop: Shop | undefined): Readiness {
  const own = shop?.providers[settings.provider];
  const env = {
    ...simulatorEnvironment({ ...settings, ledgerFile: join(run.directory, 'provider-ledger.jsonl') }),
    // what both sides must know, such as a token
    ...(own && settingsOf(own, publicUrl(settings.port), process.env)),
  };
  return {
    program: program(run, 'simulator', own?.standIn ?? mainOf('simulator'), env),
    url: `${publicUrl(settings.port)}/livez`,
  };
}

/**
 * The processes that a shop has beside the services. They listen to nothing: who started them has started them. What memory
 * they need is the shop's to know.
 */
export function shopPrograms(run: Run, surroundings: Surroundings): Program[] {
  const { shop, backing } = surroundings;
  return Object.entries(shop?.processes ?? {}).map(([name, main]) =>
    program(run, name, main, shopProcessEnvironment(backing.shopUrls[name] ?? '', surroundings), []),
  );
}

/** Every replica of every service and of the worker, and the reconciler. */
export function programsOf(run: Run, surroundings: Surroundings): Readiness[] {
  const { layout, shop } = surroundings;
  const replicas = Array.from({ length: layout.replicas }, (_, replica) => replica);
  const replicated = replicas.flatMap((replica) => [
    ...SERVICES.map((service) => ({
      program: program(
        run,
        nameOf(service, replica),
        shop?.services[service] ?? mainOf(service),
        serviceEnvironment(service, replica, surroundings),
      ),
      url: `${publicUrl(layout.admin[service][replica] ?? 0)}/readyz`,
    })),
    {
      program: program(run, nameOf(WORKER, replica), mainOf(WORKER), workerEnvironment(replica, surroundings)),
      url: `${publicUrl(layout.admin[WORKER][replica] ?? 0)}/readyz`,
    },
  ]);
  return [
    ...replicated,
    {
      program: program(run, RECONCILER, mainOf(RECONCILER), reconcilerEnvironment(surroundings)),
      url: `${publicUrl(layout.admin[RECONCILER][0] ?? 0)}/readyz`,
    },
  ];
}
