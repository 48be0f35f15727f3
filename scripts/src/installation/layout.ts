import { fileURLToPath } from 'node:url';
import type { Ports } from '../run/ports.js';

/** The services that answer over HTTP and have a database each, in the order in which they are shown. */
export const SERVICES = ['order', 'inventory', 'payment', 'product'] as const;
export type Service = (typeof SERVICES)[number];

export const WORKER = 'outbox-worker';

/** Public port of each part on one machine; the admin port is 6000 above, and 100 further for each replica. */
export const PORT = { order: 3001, inventory: 3002, payment: 3003, product: 3004, [WORKER]: 3005, simulator: 3009 };
const ADMIN_ABOVE = 6000;
const REPLICA_ABOVE = 100;

/** Everything listens here: the local run is for this machine only. */
export const HOST = '127.0.0.1';

/** The ports of an installation. */
export interface Layout {
  readonly replicas: number;
  readonly public: Readonly<Record<Service, number>>;
  /** one for each replica */
  readonly admin: Readonly<Record<Service | typeof WORKER, readonly number[]>>;
  readonly simulator: number;
}

/** Chooses the ports: those of the plan where they are free, else the next ones. */
export async function choosePorts(replicas: number, ports: Ports): Promise<Layout> {
  const parts = [...SERVICES, WORKER] as const;
  const publicPorts: Partial<Record<Service, number>> = {};
  for (const name of SERVICES) publicPorts[name] = await ports.take(name, PORT[name]);
  const admin: Partial<Record<(typeof parts)[number], number[]>> = {};
  for (const name of parts) {
    const mine: number[] = [];
    for (let replica = 0; replica < replicas; replica++) {
      mine.push(
        await ports.take(`${nameOf(name, replica)}'s metrics`, PORT[name] + ADMIN_ABOVE + replica * REPLICA_ABOVE),
      );
    }
    admin[name] = mine;
  }
  return {
    replicas,
    public: publicPorts as Record<Service, number>,
    admin: admin as Record<(typeof parts)[number], number[]>,
    simulator: await ports.take('simulator', PORT.simulator),
  };
}

/** `order`, `order-2`, `order-3`, … */
export function nameOf(part: string, replica: number): string {
  return replica === 0 ? part : `${part}-${replica + 1}`;
}

export function publicUrl(port: number): string {
  return `http://${HOST}:${port}`;
}

export function metricsUrl(port: number): string {
  return `${publicUrl(port)}/metrics`;
}

/** The built file that is a part's process. */
export function mainOf(part: Service | typeof WORKER | 'simulator'): string {
  const path = part === 'simulator' ? 'packages/testkit/dist/simulator/main.js' : `services/${part}/dist/main.js`;
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
