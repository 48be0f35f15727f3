import { join } from 'node:path';
import { Keeper } from '@outrider/testkit';
import { PORT, RECONCILER, SERVICES, WORKER } from '../installation/layout.js';
import { Supervisor } from '../installation/supervisor.js';
import { choosePorts, type PortWish } from '../run/ports.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { Run } from '../run/run-directory.js';
import type { Cluster } from './cluster.js';
import { RELEASE } from './release.js';

/** A port of this machine that leads to one in the cluster. */
interface Forward extends PortWish {
  /** what kubectl finds the pod by: a Service, since who makes the Deployments of processes may change */
  readonly to: string;
  readonly remote: number;
  /**
   * PostgreSQL resets the connection of a client that ends it, and kubectl then ends all connections that it forwards:
   * so each database has a kubectl of its own
   */
  readonly alone?: boolean;
}

const PUBLIC = 8080;
const ADMIN = 9090;
const ADMIN_ABOVE = 6000;

const FORWARDS: readonly Forward[] = [
  ...SERVICES.flatMap((what) => [
    { what, wished: PORT[what], to: `service/${RELEASE}-${what}`, remote: PUBLIC },
    { ...admin(what), to: `service/${RELEASE}-${what}-admin` },
  ]),
  ...[WORKER, RECONCILER].map((what) => ({ ...admin(what), to: `service/${RELEASE}-${what}` })),
  { what: 'simulator', wished: PORT.simulator, to: 'deployment/simulator', remote: PUBLIC },
  ...SERVICES.map((name, at) => ({
    what: `${name} database`,
    wished: 15_432 + at,
    to: 'deployment/postgres',
    remote: 5432,
    alone: true,
  })),
];

function admin(process: string): Omit<Forward, 'to'> {
  return { what: `${process} admin`, wished: PORT[process as keyof typeof PORT] + ADMIN_ABOVE, remote: ADMIN };
}

/** They end when the pod they lead to does, and begin again with the next one. */
const TIMES = { firstDelayMs: 200, longestDelayMs: 1_000, healthyAfterMs: 2_000 };

export interface Forwarded extends AsyncDisposable {
  /** the local port for `order`, `order admin`, `order database`, … @throws RangeError */
  port(what: string): number;
}

/** Forwards ports of all parts by `kubectl port-forward`, until it is disposed of or this process ends. */
export async function forwardPorts(cluster: Cluster, run: Run): Promise<Forwarded> {
  const given = await choosePorts(FORWARDS);
  const port = (what: string): number => {
    const local = given.ports.get(what);
    if (local === undefined) throw new RangeError(`no port is forwarded for ${what}`);
    return local;
  };
  const keeper = await Keeper.start();
  const supervisor = new Supervisor(keeper, { ended: () => undefined, restarted: () => undefined }, TIMES);
  const { kubectl, namespace } = cluster;
  const byProcess = Map.groupBy(FORWARDS, ({ what, to, alone }) => (alone ? what : to));
  await Promise.all(
    [...byProcess].map(([title, forwards]) => {
      const name = `forward-${title.replaceAll(/[ /]/gu, '-')}`;
      const to = forwards[0]?.to ?? title;
      const pairs = forwards.map(({ what, remote }) => `${port(what)}:${remote}`);
      const words = ['--namespace', namespace, 'port-forward', '--address=127.0.0.1', to];
      const { command, args } = kubectl.commandLine([...words, ...pairs]);
      return supervisor.start({
        name,
        spec: {
          command,
          args: [...args],
          env: { ...process.env, ...kubectl.env },
          cwd: PROJECT_ROOT,
          logFile: join(run.logs, `${name}.log`),
          stopSignal: 'SIGTERM',
        },
      });
    }),
  );
  return {
    port,
    async [Symbol.asyncDispose]() {
      supervisor.stop();
      await keeper.end();
      await given[Symbol.asyncDispose]();
    },
  };
}
