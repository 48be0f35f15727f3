import { fileURLToPath } from 'node:url';
import { choosePorts, type MovedPort } from '../run/ports.js';

/** The services that answer over HTTP and have a database each, in the order in which they are shown. */
export const SERVICES = ['order', 'inventory', 'payment', 'product'] as const;
export type Service = (typeof SERVICES)[number];

export const WORKER = 'outbox-worker';
export const RECONCILER = 'reconciler';
/** The payment provider's stand-in, which is no part of an installation. */
export const SIMULATOR = 'simulator';
export type Part = Service | typeof WORKER | typeof RECONCILER;

/** Public port of each part on one machine; the admin port is 6000 above, and 100 further for each replica. */
export const PORT = {
  order: 3001,
  inventory: 3002,
  payment: 3003,
  product: 3004,
  [WORKER]: 3005,
  [RECONCILER]: 3006,
  simulator: 3009,
};
const ADMIN_ABOVE = 6000;
const REPLICA_ABOVE = 100;

/** Everything listens here: the local run is for this machine only. */
export const HOST = '127.0.0.1';

/** The ports of an installation. */
export interface Layout {
  readonly replicas: number;
  readonly public: Readonly<Record<Service, number>>;
  /** one for each replica; there is one reconciler, whatever their number */
  readonly admin: Readonly<Record<Part, readonly number[]>>;
  readonly simulator: number;
}

/** Chooses the ports: those of the plan where they are free, else the next ones. They are held until `undo` is disposed of. */
export async function chooseLayout(
  replicas: number,
  undo: AsyncDisposableStack,
): Promise<{ readonly layout: Layout; readonly moved: readonly MovedPort[] }> {
  const numbers = Array.from({ length: replicas }, (_, replica) => replica);
  const parts = [...SERVICES, WORKER] as const;
  const metricsOf = (part: Part, replica: number): string => `${nameOf(part, replica)}'s metrics`;
  const given = await choosePorts([
    ...SERVICES.map((what) => ({ what, wished: PORT[what] })),
    { what: 'simulator', wished: PORT.simulator },
    ...parts.flatMap((part) =>
      numbers.map((replica) => ({
        what: metricsOf(part, replica),
        wished: PORT[part] + ADMIN_ABOVE + replica * REPLICA_ABOVE,
      })),
    ),
    { what: metricsOf(RECONCILER, 0), wished: PORT[RECONCILER] + ADMIN_ABOVE },
  ]);
  const { ports, moved } = undo.use(given);
  const port = (what: string): number => ports.get(what) ?? 0;
  const admin = (part: Part): number[] => numbers.map((replica) => port(metricsOf(part, replica)));
  const layout = {
    replicas,
    public: { order: port('order'), inventory: port('inventory'), payment: port('payment'), product: port('product') },
    admin: {
      order: admin('order'),
      inventory: admin('inventory'),
      payment: admin('payment'),
      product: admin('product'),
      [WORKER]: admin(WORKER),
      [RECONCILER]: [port(metricsOf(RECONCILER, 0))],
    },
    simulator: port('simulator'),
  };
  return { layout, moved };
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
export function mainOf(part: Part | 'simulator'): string {
  const path = part === 'simulator' ? 'packages/testkit/dist/simulator/main.js' : `services/${part}/dist/main.js`;
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
