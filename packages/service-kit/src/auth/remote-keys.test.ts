import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type FlattenedJWSInput, type JWK } from 'jose';
import { RemoteKeys } from './remote-keys.js';

const MAX_AGE_MS = 300_000;
const COOLDOWN_MS = 5_000;

/** Stands for the issuer: gives these keys, and counts how often it is asked. */
let issuer: Server;
let published: JWK[];
let answers: 'keys' | 'error' | 'rubbish';
let asked: number;
let now: number;
let keys: RemoteKeys;
const logged: string[] = [];

async function key(kid: string): Promise<JWK> {
  return { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid, alg: 'ES256', use: 'sig' };
}

const has = async (kid: string): Promise<boolean> =>
  keys.keyFor({ alg: 'ES256', kid }, {} as FlattenedJWSInput).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code === 'ERR_JWKS_NO_MATCHING_KEY') return false;
      throw error;
    },
  );

function keysWith(cooldownMs: number): RemoteKeys {
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
  return new RemoteKeys(
    { url, maxAgeMs: MAX_AGE_MS, cooldownMs, now: () => now },
    { info: (_, message) => logged.push(message), error: (_, message) => logged.push(message) },
  );
}

beforeEach(async () => {
  published = [await key('one')];
  answers = 'keys';
  asked = 0;
  now = 1_000_000;
  logged.length = 0;
  issuer = createServer((_request, response) => {
    asked += 1;
    if (answers === 'keys') response.end(JSON.stringify({ keys: published }));
    else response.writeHead(answers === 'error' ? 503 : 200).end('<html>');
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  keys = keysWith(COOLDOWN_MS);
});
afterEach(async () => {
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});

describe('the keys behind an issuer’s URL', () => {
  test('are read once for many tokens', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => has('one')))).not.toContain(false);
    expect(asked).toBe(1);
  });

  test('a new key is found at once, when the issuer was not asked just now', async () => {
    expect(await has('one')).toBe(true);
    published.push(await key('two'));
    expect(await has('two')).toBe(false);
    now += COOLDOWN_MS + 1;
    expect(await Promise.all(Array.from({ length: 50 }, () => has('two')))).not.toContain(false);
    expect(asked).toBe(2);
  });

  test('a flood of invented keys does not reach the issuer', async () => {
    for (let at = 0; at < 200; at += 1) expect(await has(`made-up-${at}`)).toBe(false);
    expect(asked).toBe(1);
    now += COOLDOWN_MS + 1;
    await Promise.all(Array.from({ length: 200 }, (_, at) => has(`made-up-${at}`)));
    expect(asked).toBe(2);
  });

  test('a removed key is refused after the maximum age', async () => {
    expect(await has('one')).toBe(true);
    published = [await key('two')];
    now += MAX_AGE_MS + 1;
    expect(await has('one')).toBe(false);
    expect(await has('two')).toBe(true);
  });

  test('a removed key is refused after the maximum age, also where the issuer is to be asked more seldom', async () => {
    keys = keysWith(12 * MAX_AGE_MS);
    expect(await has('one')).toBe(true);
    published = [await key('two')];
    now += MAX_AGE_MS + 1;
    expect(await has('one')).toBe(false);
    expect(asked).toBe(2);
  });

  test('are read again at half their age, no sooner', async () => {
    await keys.refresh();
    published = [await key('two')];
    now += MAX_AGE_MS / 2;
    await keys.refresh();
    expect(asked).toBe(1);
    now += 1;
    await keys.refresh();
    expect(await has('one')).toBe(false);
    expect(asked).toBe(2);
  });

  test.each(['error', 'rubbish'] as const)(
    'go on while the issuer answers with %s, which is not asked again at once',
    async (how) => {
      expect(await has('one')).toBe(true);
      answers = how;
      for (let day = 0; day < 3; day += 1) {
        now += 86_400_000;
        expect(await has('one')).toBe(true);
        for (let at = 0; at < 20; at += 1) expect(await has(`made-up-${at}`)).toBe(false);
      }
      expect(asked).toBe(4);
      expect(logged).toEqual(['the keys of the token issuer cannot be read; the known keys stay in use']);
      answers = 'keys';
      published = [await key('two')];
      now += COOLDOWN_MS + 1;
      await keys.refresh();
      expect(await has('one')).toBe(false);
      expect(logged).toHaveLength(2);
    },
  );

  test('no known keys is another error than an unknown key', async () => {
    answers = 'error';
    for (let at = 0; at < 20; at += 1)
      await expect(has('one')).rejects.toMatchObject({ code: 'AUTH_KEYS_UNAVAILABLE' });
    expect(asked).toBe(1);
    answers = 'keys';
    now += COOLDOWN_MS + 1;
    expect(await has('one')).toBe(true);
  });

  test('an issuer that is known to be away delays no request', async () => {
    expect(await has('one')).toBe(true);
    answers = 'error';
    now += MAX_AGE_MS + 1;
    await keys.refresh();
    // now it takes connections and never answers
    issuer.removeAllListeners('request');
    now += COOLDOWN_MS + 1;
    expect(await has('one')).toBe(true);
  });
});
