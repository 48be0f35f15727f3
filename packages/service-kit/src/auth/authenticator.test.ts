import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createIdentity, type Identity } from '@outrider/testkit/identity';
import { Authenticator } from './index.js';

let directory: string;
let one: Identity;
let other: Identity;
let jwks: string;
let checks: ReturnType<typeof jest.spyOn>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-auth-'));
  const identity = async (name: string) => {
    await mkdir(join(directory, name));
    return createIdentity(join(directory, name));
  };
  [one, other] = await Promise.all([identity('one'), identity('other')]);
  jwks = join(directory, 'jwks.json');
  await copyFile(one.jwksFile, jwks);
  checks = jest.spyOn(globalThis.crypto.subtle, 'verify');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(directory, { recursive: true });
});

const log = { info: () => {}, warn: () => {}, error: () => {} };

function authenticatorWith(keys: string, jwksMaxAgeMs = 60_000, expected: { issuer?: string; audience?: string } = {}) {
  return new Authenticator(
    {
      issuer: one.issuer,
      audience: one.audience,
      algorithms: ['ES256'],
      jwks: keys,
      jwksMaxAgeMs,
      jwksCooldownMs: 0,
      rolesClaim: 'roles',
      apiKeys: [],
      ...expected,
    },
    log,
  );
}

/** Who a token is found to be, or why it is refused. */
const caller = async (authenticator: Authenticator, token: string): Promise<string> =>
  authenticator.principalOf({ authorization: `Bearer ${token}` }).then(
    (principal) => (principal.kind === 'person' ? `${principal.id} ${principal.roles.join()}` : principal.kind),
    (error: Error & { type?: string }) => error.message,
  );

test.each([
  [{ issuer: 'https://elsewhere.example' }, 'The token is of another issuer.'],
  [{ audience: 'elsewhere' }, 'The token is for another audience.'],
])('a token that is right elsewhere (%j) is refused with what does not fit', async (expected, refusal) => {
  const token = await one.token({ sub: 'alice', roles: ['admin'] });
  expect(await caller(authenticatorWith(jwks, 60_000, expected), token)).toBe(refusal);
});

describe('a token that was found valid', () => {
  test('is checked once, also when others call between', async () => {
    const authenticator = authenticatorWith(jwks);
    const [alice, bob] = await Promise.all([
      one.token({ sub: 'alice', roles: ['admin'] }),
      one.token({ sub: 'bob', roles: [] }),
    ]);
    for (let n = 0; n < 3; n += 1) {
      expect(await caller(authenticator, alice)).toBe('alice admin');
      expect(await caller(authenticator, bob)).toBe('bob ');
    }
    expect(checks).toHaveBeenCalledTimes(2);
  });

  test('with a byte of its signature or its claims exchanged is another one, and refused', async () => {
    const authenticator = authenticatorWith(jwks);
    const token = await one.token({ sub: 'alice', roles: ['admin'] });
    expect(await caller(authenticator, token)).toBe('alice admin');
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const swapped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    for (const forged of [`${header}.${claims}.${swapped(signature)}`, `${header}.${swapped(claims)}.${signature}`]) {
      expect(await caller(authenticator, forged)).toBe(
        'The token is not signed by a key of the issuer that is accepted here.',
      );
    }
  });

  test('is refused once it has expired', async () => {
    const authenticator = authenticatorWith(jwks);
    // the tolerance for clocks is five seconds
    const token = await one.token({ sub: 'alice', roles: [] }, '-3s');
    expect(await caller(authenticator, token)).toBe('alice ');
    let answer = '';
    while ((answer = await caller(authenticator, token)) === 'alice ') {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(answer).toBe('The token has expired.');
  });

  test('is refused once its key is gone from the file, and accepted when it is back', async () => {
    const authenticator = authenticatorWith(jwks);
    const token = await one.token({ sub: 'alice', roles: [] });
    const answers = [await caller(authenticator, token)];
    for (const identity of [other, one]) {
      await copyFile(identity.jwksFile, jwks);
      await authenticator.refresh();
      answers.push(await caller(authenticator, token));
    }
    expect(answers).toEqual([
      'alice ',
      'The token is not signed by a key of the issuer that is accepted here.',
      'alice ',
    ]);
  });

  test('is refused once its key is gone from the issuer’s URL and the keys are older than allowed', async () => {
    let published = one;
    const issuer: Server = createServer((_request, response) => {
      response.end(readFileSync(published.jwksFile));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    try {
      const authenticator = authenticatorWith(`http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`, 300);
      const token = await one.token({ sub: 'alice', roles: [] });
      // it is remembered from the second time on: before the first no key was known
      for (let n = 0; n < 3; n += 1) expect(await caller(authenticator, token)).toBe('alice ');
      expect(checks).toHaveBeenCalledTimes(2);
      published = other;
      // nothing reads the keys here but the request itself
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await caller(authenticator, token)).toBe(
        'The token is not signed by a key of the issuer that is accepted here.',
      );
    } finally {
      issuer.closeAllConnections();
      await new Promise((resolve) => issuer.close(resolve));
    }
  });
});
