import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../run/run-directory.js';
import type { WebhookFiles } from './environment.js';
import { SERVICES, type Service } from './layout.js';

// What the processes of a run log in by stands in files of the run's folder, laid out as database operators lay out
// their secrets; so the processes can be given new ones while they run.

/** Who works in the databases: the owner migrates. */
export const DATABASE_ROLES = ['owner', 'app', 'relay', 'reader'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** Of a login: what it is given by. Those that are undefined have no file. */
export interface AccessFiles {
  readonly uri?: string;
  readonly password?: string | undefined;
  readonly 'ca.crt'?: string | undefined;
  readonly 'tls.crt'?: string | undefined;
  readonly 'tls.key'?: string | undefined;
}

/** Where a run keeps them; it goes away with the run's processes. */
export function accessDirectory(run: Run): string {
  return join(run.directory, 'access');
}

/** A folder with a folder for each database, named by its service. */
export function databasesDirectory(run: Run, role: DatabaseRole): string {
  return join(accessDirectory(run), role);
}

/** Writes the files of one login, to be read by their owner alone. */
export async function writeAccess(directory: string, files: AccessFiles): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    if (text !== undefined) await writeFile(join(directory, name), text, { mode: 0o600 });
  }
}

/**
 * Writes how a role gets into each database.
 *
 * @param urls of the databases, for that role; a password goes into a file of its own, and so does the authority that
 *   `sslrootcert` names
 */
export async function writeDatabaseAccess(
  directory: string,
  urls: Readonly<Record<Service, string>>,
  certificate?: { readonly cert: string; readonly key: string },
): Promise<void> {
  for (const service of SERVICES) {
    const url = new URL(urls[service]);
    const password = url.password === '' ? undefined : decodeURIComponent(url.password);
    const authority = url.searchParams.get('sslrootcert');
    url.password = '';
    url.searchParams.delete('sslrootcert');
    await writeAccess(join(directory, service), {
      uri: url.href,
      password,
      'ca.crt': authority === null ? undefined : await readFile(authority, 'utf8'),
      'tls.crt': certificate?.cert,
      'tls.key': certificate?.key,
    });
  }
}

/** Where the secret of a run's webhooks stands. */
export function webhookFilesOf(run: Run): WebhookFiles {
  const directory = join(accessDirectory(run), 'webhooks');
  return { signing: join(directory, 'signing'), accepted: join(directory, 'accepted') };
}

/** Makes a secret for webhooks in the provider's form. */
export function newWebhookSecret(provider: string): string {
  const secret = randomBytes(32).toString('hex');
  return provider === 'stripe' ? `whsec_${secret}` : secret;
}

/** Writes a new secret for webhooks where the provider and the payment service read it. */
export async function writeWebhookSecret(run: Run, provider: string): Promise<WebhookFiles> {
  const files = webhookFilesOf(run);
  const secret = newWebhookSecret(provider);
  await mkdir(join(accessDirectory(run), 'webhooks'), { recursive: true, mode: 0o700 });
  for (const file of Object.values(files)) await writeFile(file, secret, { mode: 0o600 });
  return files;
}

const SETTING: Readonly<Record<keyof AccessFiles, string>> = {
  uri: 'URL_FILE',
  password: 'PASSWORD_FILE',
  'ca.crt': 'CA_FILE',
  'tls.crt': 'CERT_FILE',
  'tls.key': 'KEY_FILE',
};

/** The settings of a server, `DATABASE_URL_FILE` and so on, that name those of the files that are there. */
export function accessSettings(server: 'DATABASE' | 'KAFKA' | 'REDIS', directory: string): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(SETTING)
      .map(([file, setting]) => [`${server}_${setting}`, join(directory, file)] as const)
      .filter(([, path]) => existsSync(path)),
  );
}
