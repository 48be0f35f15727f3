import { SERVICES, type Service } from '../installation/layout.js';
import type { UpFile } from '../run/up-file.js';

/** What can be fuzzed: the services, and the admin port, which is the same of each of them. */
export const TARGETS = [...SERVICES, 'admin'] as const;
export type TargetName = Service | 'admin';

/** Something that says in its /openapi.json what it does. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** see runFuzzer */
  readonly config: string;
}

const CONFIG = 'schemathesis.toml';

export function targetOf(name: TargetName, up: UpFile): Target {
  if (name !== 'admin') return { name, url: up.services[name].url, config: CONFIG };
  const { origin } = new URL(up.services.order.metricsUrl);
  return { name, url: origin, config: 'scripts/src/fuzz/admin.toml' };
}

/** One that is not of an installation. */
export function targetAt(url: string): Target {
  return { name: url, url: url.replace(/\/+$/u, ''), config: CONFIG };
}
