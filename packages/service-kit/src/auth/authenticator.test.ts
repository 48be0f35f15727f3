import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createIdentity, type Identity } from '@outrider/testkit/identity';
import { importJWK, SignJWT, type JWK } from 'jose';
import { Authenticator, hashApiKey } from './index.js';

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

function authenticatorWith(
  keys: string,
  jwksMaxAgeMs = 60_000,
  expected: Partial<ConstructorParameters<typeof Authenticator>[0]> = {},
) {
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

test.each(['', 'two words', 'line\nbreak', 'Jürgen', 'x'.repeat(201)])(
  'a subject by which nobody can be known (%j) is refused',
  async (sub) => {
    const token = await one.token({ sub, roles: ['admin'] });
    expect(await caller(authenticatorWith(jwks), token)).toBe('The token has no usable sub.');
  },
);

test.each(['auth0|5f7c', 'x'.repeat(200), '!', '~'])('a subject of printable characters (%j) is taken', async (sub) => {
  expect(await caller(authenticatorWith(jwks), await one.token({ sub, roles: [] }))).toBe(`${sub} `);
});

/** The keys of these identities in one set, each with what is left of it. */
async function publish(identities: readonly Identity[], keep: (key: Record<string, unknown>) => object): Promise<void> {
  const keys = await Promise.all(
    identities.map(async ({ jwksFile }) => {
      const { keys: own } = JSON.parse(await readFile(jwksFile, 'utf8')) as { keys: Record<string, unknown>[] };
      return own.map(keep);
    }),
  );
  await writeFile(jwks, JSON.stringify({ keys: keys.flat() }));
}

describe('of several keys that a token may mean', () => {
  test.each([
    ['none has a name', (key: Record<string, unknown>) => ({ ...key, kid: undefined }), false],
    ['all have one name', (key: Record<string, unknown>) => ({ ...key, kid: 'signing' }), true],
    ['each has a name', (key: Record<string, unknown>) => key, false],
  ])('where %s, each is tried: tokens of the key before and of the next are accepted', async (_how, keep, named) => {
    await publish([other, one], keep);
    const authenticator = authenticatorWith(jwks);
    const token = async ({ privateKeyFile, issuer, audience }: Identity, exp: string) => {
      const jwk = JSON.parse(await readFile(privateKeyFile, 'utf8')) as JWK;
      return new SignJWT({ roles: ['admin'] })
        .setProtectedHeader({ alg: 'ES256', ...(named && { kid: 'signing' }) })
        .setSubject('alice')
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime(exp)
        .sign(await importJWK(jwk, 'ES256'));
    };
    for (const identity of [one, other]) {
      expect(await caller(authenticator, await token(identity, '1h'))).toBe('alice admin');
      expect(await caller(authenticator, await token(identity, '-1h'))).toBe('The token has expired.');
    }
    await mkdir(join(directory, 'stranger'));
    const stranger = await createIdentity(join(directory, 'stranger'));
    expect(await caller(authenticator, await token(stranger, '1h'))).toBe(
      'The token is not signed by a key of the issuer that is accepted here.',
    );
  });
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

test('an empty API key is none, also where its hash is listed as that of a key that was not set', async () => {
  const keys = [{ name: 'warehouse', hashes: [hashApiKey('')], scopes: ['inventory:stock'] }];
  const authenticator = authenticatorWith(jwks, 60_000, { apiKeys: keys });
  await expect(authenticator.principalOf({ 'x-api-key': '' })).rejects.toThrow('The API key is not known.');
});
