import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, type CertificateAuthority, type KeyPair } from '@outrider/testkit/certificates';
import { make, revoke } from '../api-key/commands.js';
import { accessDirectory, DATABASE_ROLES, newWebhookSecret, webhookFilesOf } from '../installation/access-files.js';
import { apiKeysFile, type Running } from '../installation/describe.js';
import { SERVICES, WORKER, type Service } from '../installation/layout.js';
import { newPassword, serverDirectory } from '../installation/secure-servers.js';
import type { SecureAdministrator } from './secure-administrator.js';

/** A role of the databases with the folders that its password stands in. */
interface PasswordRole {
  readonly role: string;
  readonly folders: readonly string[];
}

/** What was taken away by a rotation. */
export interface OldCredentials {
  readonly authority: string;
  /** by role of the databases */
  readonly postgres: ReadonlyMap<string, string>;
  readonly relay: { readonly role: string; readonly pair: KeyPair };
  /** by user */
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

  /** One of everything. @returns what must be refused from now on */
  async rotate(): Promise<OldCredentials> {
    const { administrator, running } = this;
    const { run } = running;
    const old = { authority: this.authority, apiKey: this.apiKey };
    const next = await createAuthority('Outrider local run');
    const both = old.authority.cert + next.cert;

    // the servers show a certificate of the new authority, and both sides trust both
    administrator.authority = both;
    await this.#writeAuthority(both);
    const certificate = await next.issue({ name: 'server', hosts: ['localhost', '127.0.0.1'] });
    const client = await next.issue({ name: WORKER });
    await administrator.exchangeCertificates(certificate, both, client);
    const relay = await this.#exchangeRelayCertificate(next);
    const worker = await this.#exchangePair(
      join(serverDirectory(run, 'kafka'), WORKER),
      await next.issue({ name: WORKER }),
    );

    const redis = await readFile(join(serverDirectory(run, 'redis'), 'password'), 'utf8');
    const newRedis = newPassword();
    await administrator.addRedisPassword(newRedis);
    await replace(join(serverDirectory(run, 'redis'), 'password'), newRedis);
    const webhooks = webhookFilesOf(run);
    const webhook = await readFile(webhooks.signing, 'utf8');
    const newWebhook = newWebhookSecret('simulator');
    await replace(webhooks.accepted, `${webhook}\n${newWebhook}`);
    await replace(webhooks.signing, newWebhook);
    await this.makeApiKey();

    // these know one password for a user: what is open stays open, and who is refused in between asks again
    const postgres = new Map<string, string>();
    for (const { role, folders } of await this.#passwordRoles()) {
      postgres.set(role, await readFile(join(folders[0] ?? '', 'password'), 'utf8'));
      const password = newPassword();
      await Promise.all([
        ...folders.map((folder) => replace(join(folder, 'password'), password)),
        administrator.setPostgresPassword(role, password),
      ]);
    }
    const kafka = new Map<string, string>();
    for (const user of SERVICES) {
      const file = join(serverDirectory(run, 'kafka'), user, 'password');
      kafka.set(user, await readFile(file, 'utf8'));
      const password = newPassword();
      await administrator.setKafkaPassword(user, password);
      await replace(file, password);
    }

    await sleep(this.connectionMaxAgeMs);
    this.authority = next;
    administrator.authority = next.cert;
    await this.#writeAuthority(next.cert);
    await administrator.exchangeCertificates(certificate, next.cert, client);
    await administrator.removeRedisPassword(redis);
    await replace(webhooks.accepted, newWebhook);
    if (old.apiKey !== '') await this.#revokeOlderApiKey();
    return { ...old, authority: old.authority.cert, postgres, relay, kafka, worker, redis, webhook };
  }

  /** A second key for the caller of inventory; the one before stays valid. */
  async makeApiKey(): Promise<void> {
    const out = new Text();
    const surroundings = { file: apiKeysFile(this.running.run), json: false, out, err: new Text() };
    await make(surroundings, { name: 'warehouse', scopes: ['inventory:stock'] });
    // services read the file each second
    await sleep(2_000);
    this.apiKey = out.text.trim();
  }

  async #revokeOlderApiKey(): Promise<void> {
    const surroundings = { file: apiKeysFile(this.running.run), json: false, out: new Text(), err: new Text() };
    await revoke(surroundings, { name: 'warehouse', which: 'older' });
    await sleep(2_000);
  }

  async #exchangeRelayCertificate(next: CertificateAuthority): Promise<OldCredentials['relay']> {
    const folders = SERVICES.map((service) => this.#folder('relay', service));
    const role = await userOf(folders[0] ?? '');
    const pair = await next.issue({ name: role });
    const before = await Promise.all(folders.map((folder) => this.#exchangePair(folder, pair)));
    return { role, pair: before[0] ?? pair };
  }

  async #exchangePair(folder: string, { cert, key }: KeyPair): Promise<KeyPair> {
    const [oldCert, oldKey] = await Promise.all(
      ['tls.crt', 'tls.key'].map((file) => readFile(join(folder, file), 'utf8')),
    );
    await replace(join(folder, 'tls.crt'), cert);
    await replace(join(folder, 'tls.key'), key);
    return { cert: oldCert ?? '', key: oldKey ?? '' };
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
