import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIdentity, type Identity } from '@outrider/testkit/identity';
import { Authenticator, hashApiKey, jwksSetting, type AuthSettings } from './index.js';

let directory: string;
let identity: Identity;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-auth-'));
  identity = await createIdentity(directory);
});
afterAll(() => rm(directory, { recursive: true }));

const log = { info: () => {}, warn: () => {}, error: () => {} };

/** Who calls with a good token and then with a good key, where these settings differ. */
async function callers(differing: Partial<AuthSettings> = {}): Promise<readonly [unknown, unknown]> {
  const authenticator = new Authenticator(
    {
      issuer: identity.issuer,
      audience: identity.audience,
      algorithms: ['ES256'],
      jwks: identity.jwksFile,
      jwksMaxAgeMs: 1_000,
      jwksCooldownMs: 1_000,
      rolesClaim: 'roles',
      apiKeys: [{ name: 'till', hashes: [hashApiKey('key')], scopes: ['a'] }],
      ...differing,
    },
    log,
  );
  const token = await identity.token({ sub: 'alice', roles: ['admin'] });
  const [person, service] = await Promise.allSettled([
    authenticator.principalOf({ authorization: `Bearer ${token}` }),
    authenticator.principalOf({ 'x-api-key': 'key' }),
  ]);
  const outcome = (result: PromiseSettledResult<unknown>): unknown =>
    result.status === 'fulfilled' ? result.value : (result.reason as { kind?: string }).kind;
  return [outcome(person), outcome(service)];
}

const ALICE = { kind: 'person', id: 'alice', roles: ['admin'] };
const TILL = { kind: 'service', id: 'till', scopes: ['a'] };

describe('F33 each authentication setting has its effect', () => {
  test('a valid token and a valid key are accepted', async () => {
    expect(await callers()).toEqual([ALICE, TILL]);
  });

  test.each<Partial<AuthSettings>>([
    { algorithms: ['RS256'] },
    { algorithms: ['ES384', 'EdDSA'] },
    { issuer: 'https://other.example' },
    { audience: 'others' },
  ])('a token is refused where %j is required', async (differing) => {
    expect(await callers(differing)).toEqual(['unauthenticated', TILL]);
  });

  test('roles are read from the configured claim', async () => {
    expect(await callers({ rolesClaim: 'groups' })).toEqual([{ ...ALICE, roles: [] }, TILL]);
  });

  test('only configured keys are accepted', async () => {
    expect(await callers({ apiKeys: [] })).toEqual([ALICE, 'unauthenticated']);
  });
});

describe('a file with the issuer’s keys', () => {
  const keys = async (change: (key: Record<string, unknown>) => object): Promise<string> => {
    const set = JSON.parse(await readFile(identity.jwksFile, 'utf8')) as { keys: Record<string, unknown>[] };
    return JSON.stringify({ keys: set.keys.map(change) });
  };
  const refusal = async (text: string): Promise<string | undefined> => {
    await writeFile(join(directory, 'keys.json'), text);
    return jwksSetting.safeParse(join(directory, 'keys.json')).error?.issues[0]?.message;
  };

  test('is taken with a public key in it, whatever else there is', async () => {
    expect(await refusal(await keys((key) => key))).toBeUndefined();
    const [public_, other] = [JSON.parse(await keys((key) => key)) as { keys: object[] }, { kty: 'oct', k: 'AAAA' }];
    expect(await refusal(JSON.stringify({ keys: [other, ...public_.keys] }))).toBeUndefined();
  });

  test('is refused without one: it would refuse every token, and say nothing', async () => {
    const privateKey = JSON.parse(await readFile(identity.privateKeyFile, 'utf8')) as object;
    const without = [
      { keys: [] },
      { keys: [{ kty: 'RSA' }] },
      { keys: [{ kty: 'oct', k: 'AAAA' }] },
      { keys: [privateKey] },
    ];
    for (const set of without) {
      expect(await refusal(JSON.stringify(set))).toMatch(/^must be a JSON Web Key Set with a public key: /u);
    }
    expect(await refusal(await keys((key) => ({ ...key, x: undefined })))).toMatch(/^must be a JSON Web Key Set/u);
  });
});
