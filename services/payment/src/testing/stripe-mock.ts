import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Stripe's own server that holds requests against its published API; it keeps no state. */
const MODULE = 'github.com/stripe/stripe-mock@v0.203.0';
const INSTALL_WITHIN_MS = 180_000;
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url));

/**
 * Where stripe-mock is: the file that STRIPE_MOCK names, or one built by the machine's Go, once for all runs.
 *
 * @returns undefined when there is neither, or it cannot be built
 */
export async function findStripeMock(): Promise<string | undefined> {
  const given = process.env['STRIPE_MOCK'];
  if (given !== undefined && given !== '') return given;
  const directory = join(CACHE, MODULE.replaceAll(/\W+/gu, '-'));
  const path = join(directory, 'stripe-mock');
  const there = () =>
    access(path).then(
      () => true,
      () => false,
    );
  if (await there()) return path;
  const env = { ...process.env, GOBIN: directory };
  await promisify(execFile)('go', ['install', MODULE], { env, timeout: INSTALL_WITHIN_MS }).catch(() => {});
  return (await there()) ? path : undefined;
}

export interface StripeMock {
  readonly url: string;
  /** the log: each request, and what is wrong with it */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts it on ports of its own. It holds any version's requests against the one that it was built with. */
export async function startStripeMock(path: string): Promise<StripeMock> {
  const args = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    void exited.then(() => reject(new Error(`stripe-mock ended: ${log.join('\n')}`)));
    createInterface(child.stdout).on('line', (line) => {
      log.push(line);
      const address = /HTTP at address: (\S+)/u.exec(line)?.[1];
      if (address !== undefined) resolve(`http://${address}`);
    });
  });
  return {
    url,
    log,
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
