import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { echoService } from '../testing/echo-service.js';
import { startTestService, type CallResult, type TestService } from '../testing/index.js';
import { startOpenIdProvider, type OpenIdProvider } from '../testing/openid-provider.js';

const ROLES: Readonly<Record<string, readonly string[]>> = { root: ['admin'], 'back-office': ['admin'] };

let provider: OpenIdProvider;
let service: TestService;

const env = (jwks: string): Record<string, string> => ({
  JWT_ISSUER: provider.issuer,
  JWT_AUDIENCE: provider.audience,
  JWT_JWKS: jwks,
  JWT_ROLES_CLAIM: 'realm_access.roles',
  JWT_JWKS_MAX_AGE_MS: '1000',
  JWT_JWKS_COOLDOWN_MS: '100',
  LOG_LEVEL: 'silent',
});

beforeAll(async () => {
  // it warns at length that it is set up for a test
  jest.spyOn(console, 'info').mockReturnValue();
  jest.spyOn(console, 'warn').mockReturnValue();
  provider = await startOpenIdProvider((sub) => ROLES[sub] ?? ['customer', 'uma_authorization'], 'first');
  service = await startTestService(echoService, { env: env(provider.jwksUrl) });
});
afterAll(async () => {
  await service.close();
  await provider.close();
  jest.restoreAllMocks();
});

const customers = (token: string, of = service): Promise<CallResult> => of.call('GET', '/customers', { token });
const admins = (token: string): Promise<CallResult> =>
  service.call('POST', '/admins', { token, body: { text: 'hello' } });

/** A token with everything right but its signature, by a key that the provider never had. */
async function madeUp(kid: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT({ realm_access: { roles: ['admin'] } })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject('root')
    .setIssuer(provider.issuer)
    .setAudience(provider.audience)
    .setExpirationTime('1h')
    .sign(privateKey);
}

describe('with a real OpenID provider', () => {
  test('people who log in, and services with credentials of their own, are authenticated with their roles', async () => {
    const alice = await provider.logIn('alice');
    expect(await customers(alice)).toMatchObject({ status: 200, body: { who: 'person:alice' } });
    expect(await admins(alice)).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    expect(await admins(await provider.logIn('root'))).toMatchObject({ status: 200, body: { who: 'person:root' } });
    expect(await admins(await provider.backOffice())).toMatchObject({ body: { who: 'person:back-office' } });
  });

  test('a new key is accepted without a restart while the old one stays valid, and a removed one is refused', async () => {
    const old = await provider.logIn('alice');
    await provider.useKeys('second', 'first');
    const fresh = await provider.logIn('alice');
    await service.until('the new key is known', async () => (await customers(fresh)).status === 200);
    expect((await customers(old)).status).toBe(200);

    await provider.useKeys('second');
    await service.until('the old key is refused', async () => (await customers(old)).status === 401);
    expect(await customers(old)).toMatchObject({ body: { type: '/problems/unauthenticated' } });
    expect((await customers(fresh)).status).toBe(200);
  });

  test('a flood of tokens with unknown keys does not reach the provider', async () => {
    const jwks = `${provider.jwksUrl}?calm`;
    const calm = await service.replica({
      ...env(jwks),
      JWT_JWKS_MAX_AGE_MS: '3600000',
      JWT_JWKS_COOLDOWN_MS: '3600000',
    });
    const alice = await provider.logIn('alice');
    expect((await customers(alice, calm)).status).toBe(200);
    expect(provider.asked(jwks)).toBe(1);
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => madeUp(`made-up-${at}`)));
    const answers = await Promise.all(tokens.map((token) => customers(token, calm)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(provider.asked(jwks)).toBe(1);
    expect((await customers(alice, calm)).status).toBe(200);
  });

  test('while the provider is away, known keys stay valid, unknown ones are refused, and the service stays ready', async () => {
    const alice = await provider.logIn('alice');
    expect((await customers(alice)).status).toBe(200);
    await service.until('ready', async () => (await service.call('GET', '/readyz')).status === 200);
    provider.away(true);
    try {
      // longer than any key may be old
      const asked = provider.asked(provider.jwksUrl);
      await service.until('it was asked without an answer', () => provider.asked(provider.jwksUrl) > asked + 3);
      expect((await customers(alice)).status).toBe(200);
      expect(await customers(await madeUp('who-knows'))).toMatchObject({
        status: 401,
        body: { type: '/problems/unauthenticated' },
      });
      expect((await service.call('GET', '/readyz')).status).toBe(200);

      // one that starts meanwhile knows no key at all: it cannot say that a token is bad
      const late = await service.replica();
      const answer = await customers(alice, late);
      expect(answer).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect((await late.call('GET', '/anyone')).status).toBe(200);
      provider.away(false);
      await late.until('the keys are known', async () => (await customers(alice, late)).status === 200);
    } finally {
      provider.away(false);
    }
  });
});
