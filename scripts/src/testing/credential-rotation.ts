import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@outrider/testkit';
import { createAuthority, type CertificateAuthority, type KeyPair } from '@outrider/testkit/certificates';
import { make, revoke } from '../api-key/commands.js';
import { accessDirectory, DATABASE_ROLES, newWebhookSecret, webhookFilesOf } from '../installation/access-files.js';
import { apiKeysFile, type Running } from '../installation/describe.js';
import { SERVICES, WORKER, type Service } from '../installation/layout.js';
import { newPassword, serverDirectory } from '../installation/secure-servers.js';
import type { SecureAdministrator } from './secure-administrator.js';

/** Who looks at stock with an API key. */
const CALLER = 'warehouse';
const UNKNOWN_CALLER = 401;

/** A role of the databases with the folders that its password stands in. */
interface PasswordRole {
  readonly role: string;
  readonly folders: readonly string[];
}

/** What is valid at one time, in files and at the servers. */
export interface Credentials {
  /** that the servers' certificates are of, PEM */
  readonly authority: string;
  /** passwords, by role of the databases */
  readonly postgres: ReadonlyMap<string, string>;
  readonly relay: { readonly role: string; readonly pair: KeyPair };
  /** passwords, by user */
  readonly kafka: ReadonlyMap<string, string>;
  readonly worker: KeyPair;
  readonly redis: string;
  readonly apiKey: string;
  readonly webhook: string;
}

/** Exchanges, in files and at the servers, everything that the processes of `scripts/up --secure` log in by. */
export class CredentialRotation {
  /** what a caller of inventory's API uses now */
  apiKey = '';

  constructor(
    private readonly running: Running,
    private readonly administrator: SecureAdministrator,
    private authority: CertificateAuthority,
    /** CONNECTION_MAX_AGE_MS of the processes */
    private readonly connectionMaxAgeMs: number,
  ) {}

  /** What the processes use now. */
  async current(): Promise<Credentials> {
    const { run } = this.running;
    const relay = this.#folder('relay', SERVICES[0]);
    const roles = await this.#passwordRoles();
    const kafka = SERVICES.map((user) => [user, join(serverDirectory(run, 'kafka'), user)] as const);
    return {
      authority: this.authority.cert,
      postgres: await passwordsIn(roles.map(({ role, folders }) => [role, folders[0] ?? ''] as const)),
      relay: { role: await userOf(relay), pair: await pairIn(relay) },
      kafka: await passwordsIn(kafka),
      worker: await pairIn(join(serverDirectory(run, 'kafka'), WORKER)),
      redis: await readFile(join(serverDirectory(run, 'redis'), 'password'), 'utf8'),
      apiKey: this.apiKey,
      webhook: await readFile(webhookFilesOf(run).signing, 'utf8'),
    };
  }

  /** Exchanges one of everything; what was current before is refused soon after. */
  async rotate(): Promise<void> {
    const { administrator, running } = this;
    const { run } = running;
    const old = await this.current();
    const next = await createAuthority('Outrider local run');
    const both = old.authority + next.cert;

    // the servers show a certificate of the new authority, and both sides trust both
    administrator.authority = both;
    await this.#writeAuthority(both);
    const certificate = await next.issue({ name: 'server', hosts: ['localhost', '127.0.0.1'] });
    const worker = await next.issue({ name: WORKER });
    await administrator.exchangeCertificates(certificate, both, worker);
    await writePair(join(serverDirectory(run, 'kafka'), WORKER), worker);
    const relay = await next.issue({ name: old.relay.role });
    for (const service of SERVICES) await writePair(this.#folder('relay', service), relay);

    // of these two are valid at once
    const redis = newPassword();
    await administrator.addRedisPassword(redis);
    await replace(join(serverDirectory(run, 'redis'), 'password'), redis);
    const webhooks = webhookFilesOf(run);
    const webhook = newWebhookSecret('simulator');
    await replace(webhooks.accepted, `${old.webhook}\n${webhook}`);
    await replace(webhooks.signing, webhook);
    await this.makeApiKey();

    // these know one password for a user: what is open stays open, and who is refused in between asks again
    for (const { role, folders } of await this.#passwordRoles()) {
      const password = newPassword();
      await Promise.all([
        ...folders.map((folder) => replace(join(folder, 'password'), password)),
        administrator.setPostgresPassword(role, password),
      ]);
    }
    for (const user of SERVICES) {
      const password = newPassword();
      await administrator.setKafkaPassword(user, password);
      await replace(join(serverDirectory(run, 'kafka'), user, 'password'), password);
    }

    await sleep(this.connectionMaxAgeMs);
    this.authority = next;
    administrator.authority = next.cert;
    await this.#writeAuthority(next.cert);
    await administrator.exchangeCertificates(certificate, next.cert, worker);
    await administrator.removeRedisPassword(old.redis);
    await replace(webhooks.accepted, webhook);
    const { surroundings } = this.#apiKeys();
    await revoke(surroundings, { name: CALLER, which: 'older' });
  }

  /** A second key for the caller of inventory; the one before stays valid. @returns when inventory knows it */
  async makeApiKey(): Promise<void> {
    const { surroundings, out } = this.#apiKeys();
    await make(surroundings, { name: CALLER, scopes: ['inventory:stock'] });
    const apiKey = out.text.trim();
    // nothing of that name is there; a key that is not known is refused before anything is looked for
    const url = `${this.running.up.services.inventory.url}/stock/${randomUUID()}`;
    const known = async (): Promise<boolean> =>
      (await fetch(url, { headers: { 'x-api-key': apiKey } })).status !== UNKNOWN_CALLER;
    await until('inventory knows the new API key', known, 120_000);
    this.apiKey = apiKey;
  }

  #apiKeys() {
    const out = new Text();
    return { out, surroundings: { file: apiKeysFile(this.running.run), json: false, out, err: new Text() } };
  }

  async #passwordRoles(): Promise<PasswordRole[]> {
    const reader = SERVICES.map((service) => this.#folder('reader', service));
    const apps = SERVICES.map((service) => [this.#folder('app', service)]);
    return Promise.all([reader, ...apps].map(async (folders) => ({ role: await userOf(folders[0] ?? ''), folders })));
  }

  async #writeAuthority(pem: string): Promise<void> {
    const { run } = this.running;
    const kafka = [...SERVICES, WORKER].map((user) => join(serverDirectory(run, 'kafka'), user));
    const databases = DATABASE_ROLES.flatMap((role) => SERVICES.map((service) => this.#folder(role, service)));
    for (const folder of [accessDirectory(run), serverDirectory(run, 'redis'), ...kafka, ...databases]) {
      await replace(join(folder, 'ca.crt'), pem);
    }
  }

  #folder(role: (typeof DATABASE_ROLES)[number], service: Service): string {
    return join(this.running.up.databases[role], service);
  }
}

async function userOf(folder: string): Promise<string> {
  return new URL(await readFile(join(folder, 'uri'), 'utf8')).username;
}

async function passwordsIn(folders: readonly (readonly [string, string])[]): Promise<Map<string, string>> {
  const read = folders.map(async ([name, folder]) => [name, await readFile(join(folder, 'password'), 'utf8')] as const);
  return new Map(await Promise.all(read));
}

async function pairIn(folder: string): Promise<KeyPair> {
  const [cert, key] = [readFile(join(folder, 'tls.crt'), 'utf8'), readFile(join(folder, 'tls.key'), 'utf8')];
  return { cert: await cert, key: await key };
}

async function writePair(folder: string, { cert, key }: KeyPair): Promise<void> {
  await replace(join(folder, 'tls.crt'), cert);
  await replace(join(folder, 'tls.key'), key);
}

/** In one step, so that nobody reads half of it. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

class Text {
  text = '';

  write(more: string): void {
    this.text += more;
  }
}
