import { join } from 'node:path';
import type { Program } from './supervisor.js';
import type { Run } from '../run/run-directory.js';
import {
  reconcilerEnvironment,
  serviceEnvironment,
  simulatorEnvironment,
  workerEnvironment,
  type SimulatorSettings,
  type Surroundings,
} from './environment.js';
import { mainOf, nameOf, publicUrl, RECONCILER, SERVICES, WORKER } from './layout.js';
import type { Readiness } from './wait-until-ready.js';

function program(run: Run, name: string, main: string, env: NodeJS.ProcessEnv): Program {
  return {
    name,
    spec: {
      command: process.execPath,
      args: [main],
      env,
      cwd: run.directory,
      logFile: join(run.logs, `${name}.log`),
      stopSignal: 'SIGTERM',
    },
  };
}

/** The payment provider's stand-in. */
export function simulatorProgram(run: Run, settings: SimulatorSettings): Readiness {
  const env = simulatorEnvironment({ ...settings, ledgerFile: join(run.directory, 'provider-ledger.jsonl') });
  return {
    program: program(run, 'simulator', mainOf('simulator'), env),
    url: `${publicUrl(settings.port)}/livez`,
  };
}

/** Every replica of every service and of the worker, and the reconciler. */
export function programsOf(run: Run, surroundings: Surroundings): Readiness[] {
  const { layout } = surroundings;
  const replicas = Array.from({ length: layout.replicas }, (_, replica) => replica);
  const replicated = replicas.flatMap((replica) => [
    ...SERVICES.map((service) => ({
      program: program(
        run,
        nameOf(service, replica),
        mainOf(service),
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
