import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey } from '../auth/index.js';
import type { EndpointDefinition } from '../http/index.js';
import type { TestService } from './test-service.js';

/** Scopes that open something somewhere: none of them may open anything else. */
const ELSEWHERE = ['inventory:read', 'inventory:stock', 'payment:read', 'dead-letters', 'orders', 'products'];
const REVOKED = 'key-that-is-revoked';

/** API keys with which the access to a service's operations is tried, in a file as an installation has it. */
export class AccessKeys {
  readonly #scopes: readonly string[];

  private constructor(
    endpoints: readonly EndpointDefinition[],
    private readonly directory: string,
  ) {
    const asked = endpoints.flatMap(({ access }) => (access === 'anyone' ? [] : (access.scope ?? [])));
    this.#scopes = [...new Set([...ELSEWHERE, ...asked])];
  }

  static async make(endpoints: readonly EndpointDefinition[]): Promise<AccessKeys> {
    const keys = new AccessKeys(endpoints, await mkdtemp(join(tmpdir(), 'outrider-access-')));
    await keys.#publish([REVOKED]);
    return keys;
  }

  /** What the service is to be started with. */
  get env(): { readonly API_KEYS_FILE: string } {
    return { API_KEYS_FILE: join(this.directory, 'api-keys.json') };
  }

  /** A key with this scope alone; where no key is taken, one with every scope. */
  scoped(scope: string | undefined): string {
    return scope === undefined ? 'key-of-all' : `key-of-${scope}`;
  }

  /** A key with every scope but this one. */
  unscoped(scope: string | undefined): string {
    return scope === undefined ? this.scoped(ELSEWHERE[0]) : `key-of-all-but-${scope}`;
  }

  /** A key with every scope that was valid before: resolves when the service refuses it. */
  async revoked(service: TestService): Promise<string> {
    const status = async (): Promise<number> => (await service.call('GET', '/livez', { apiKey: REVOKED })).status;
    if ((await status()) === 200) {
      await this.#publish([]);
      await service.until('the key is revoked', async () => (await status()) === 401);
    }
    return REVOKED;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #publish(more: readonly string[]): Promise<void> {
    const all = this.#scopes;
    const list = [
      ...['key-of-all', ...more].map((key) => ({ key, scopes: all })),
      ...all.map((scope) => ({ key: this.scoped(scope), scopes: [scope] })),
      ...all.map((scope) => ({ key: this.unscoped(scope), scopes: all.filter((one) => one !== scope) })),
    ];
    const file = this.env.API_KEYS_FILE;
    const keys = list.map(({ key, scopes }, at) => ({ name: `caller-${at}`, hashes: [hashApiKey(key)], scopes }));
    await writeFile(`${file}.new`, JSON.stringify(keys));
    await rename(`${file}.new`, file);
  }
}
