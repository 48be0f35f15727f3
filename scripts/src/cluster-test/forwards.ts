import { join } from 'node:path';
import { Keeper } from '@outrider/testkit';
import { PORT, RECONCILER, SERVICES, WORKER } from '../installation/layout.js';
import { Supervisor } from '../installation/supervisor.js';
import { choosePorts, type PortWish } from '../run/ports.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { Run } from '../run/run-directory.js';
import type { Cluster } from './cluster.js';
import { RELEASE } from './release.js';
import { watchLines } from './watch-lines.js';

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

/** What kubectl says when the pod is gone: it may go on with it, and refuse each connection after 30 s. */
const POD_GONE = /error forwarding port|error creating (?:error|forwarding) stream/u;

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
  const logs = new Map<string, string>();
  await Promise.all(
    [...byProcess].map(([title, forwards]) => {
      const name = `forward-${title.replaceAll(/[ /]/gu, '-')}`;
      const to = forwards[0]?.to ?? title;
      const pairs = forwards.map(({ what, remote }) => `${port(what)}:${remote}`);
      const words = ['--namespace', namespace, 'port-forward', '--address=127.0.0.1', to];
      const { command, args } = kubectl.commandLine([...words, ...pairs]);
      const logFile = join(run.logs, `${name}.log`);
      logs.set(name, logFile);
      return supervisor.start({
        name,
        spec: {
          command,
          args: [...args],
          env: { ...process.env, ...kubectl.env },
          cwd: PROJECT_ROOT,
          logFile,
          stopSignal: 'SIGTERM',
        },
      });
    }),
  );
  const watch = watchLines(logs, POD_GONE, (name) => end(supervisor.pidOf(name)));
  return {
    port,
    async [Symbol.asyncDispose]() {
      supervisor.stop();
      await watch[Symbol.asyncDispose]();
      await keeper.end();
      await given[Symbol.asyncDispose]();
    },
  };
}

/** Ends a process, if it is there. */
function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
