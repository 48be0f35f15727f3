import { setTimeout as sleep } from 'node:timers/promises';
import { SECTIONS } from '../repository/access-sections.js';
import { changeKeys } from '../api-key/keys-file.js';
import { hashOf, newKey, withKey } from '../api-key/keys.js';
import { CommandError } from '../cli/errors.js';
import { apiKeysFile, type Running } from '../installation/describe.js';

/** As whom the fuzzer calls. */
export const PRINCIPALS = ['admin', 'customer', 'service', 'nobody'] as const;
export type PrincipalName = (typeof PRINCIPALS)[number];

/** Every scope that an operation asks for. */
const SCOPES: readonly string[] = [
  ...new Set(
    Object.values(SECTIONS)
      .flat()
      .flatMap(({ access }) => (access === 'anyone' ? [] : (access.scope ?? []))),
  ),
];
const CALLER = 'fuzz';
const TAKEN_UP_MS = 20_000;

/** The header that says who is calling; none for nobody. */
export async function credentialsOf(principal: PrincipalName, running: Running): Promise<string | undefined> {
  const { identity } = running;
  switch (principal) {
    case 'admin':
      return `Authorization: Bearer ${await identity.token({ sub: 'fuzz-admin', roles: ['admin'] })}`;
    case 'customer':
      return `Authorization: Bearer ${await identity.token({ sub: 'fuzz-customer', roles: ['customer'] })}`;
    case 'service':
      return `X-Api-Key: ${await apiKey(running)}`;
    case 'nobody':
      return undefined;
  }
}

/** A new key with every scope, when the services have taken it up. */
async function apiKey({ run, up }: Running): Promise<string> {
  const key = newKey();
  await changeKeys(apiKeysFile(run), (keys) =>
    // a key of an earlier run has nothing to do any more
    withKey(
      keys.filter(({ name }) => name !== CALLER),
      CALLER,
      SCOPES,
      hashOf(key),
    ),
  );
  const deadline = performance.now() + TAKEN_UP_MS;
  for (const { url } of [up.services.order, up.services.inventory, up.services.payment, up.services.product]) {
    // a known key that may do nothing here is no reason for 401 where anyone may call
    while ((await fetch(`${url}/livez`, { headers: { 'x-api-key': key } })).status === 401) {
      if (performance.now() > deadline) throw new CommandError(`${url} does not take up a new API key.`);
      await sleep(200);
    }
  }
  return key;
}
