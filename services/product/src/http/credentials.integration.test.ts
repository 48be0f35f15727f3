import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { startTestService, type CallOptions, type TestService } from '@outrider/service-kit/testing';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';
import { productService } from '../product.module.js';
import { openShop, type Shop } from '../testing/shop.js';

let service: TestService;
let shop: Shop;
let id: string;
let key: CryptoKey;
let kid: string;

beforeAll(async () => {
  service = await startTestService(productService, { apiKeys: { 'key-of-stock': ['stock:read', 'stock:adjust'] } });
  shop = await openShop(service);
  ({ id } = await shop.registered());
  const jwk = JSON.parse(await readFile(service.identity.privateKeyFile, 'utf8')) as JWK & { kid: string };
  kid = jwk.kid;
  key = (await importJWK(jwk, 'ES256')) as CryptoKey;
});
afterAll(() => service.close());

/** A token as good as an admin's, before something is done to it. */
const claims = (payload: Record<string, unknown> = {}, header: JWTHeaderParameters = { alg: 'ES256', kid }): SignJWT =>
  new SignJWT({ roles: ['admin'], ...payload })
    .setProtectedHeader(header)
    .setSubject('root')
    .setIssuer(service.identity.issuer)
    .setAudience(service.identity.audience)
    .setIssuedAt()
    .setExpirationTime('1h');

const ADMIN_ROUTES = [
  ['POST', () => '/products', { sku: 'NOT-HERE', name: 'x', price: 1, currency: 'EUR' }],
  ['PATCH', () => `/products/${id}`, { price: 1 }],
  ['DELETE', () => `/products/${id}`, undefined],
] as const;

/** What each admin route says of itself, as /openapi.json does. */
const TAKEN = 'It takes a token (Authorization: Bearer) with the role admin.';
const NOT_SIGNED = 'The token is not signed by a key of the issuer that is accepted here.';
const ALGORITHM = 'The token is signed by an algorithm that is not accepted.';
const NO_TOKEN = 'Authorization is not Bearer and a JWT.';

/** Every admin route refuses these credentials, says which problem it is, and what is wrong with them or missing. */
async function refused(credentials: CallOptions, status: 401 | 403, detail = TAKEN): Promise<void> {
  for (const [method, path, body] of ADMIN_ROUTES) {
    const answer = await service.call(method, path(), {
      ...credentials,
      ...(body && { body }),
      headers: { 'idempotency-key': newId(), ...credentials.headers },
    });
    expect({ method, status: answer.status, body: answer.body }).toEqual({
      method,
      status,
      body:
        status === 401
          ? { type: '/problems/unauthenticated', title: 'Authentication is required', status, detail }
          : { type: '/problems/forbidden', title: 'You may not do this', status, detail },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  }
}

describe('F33 who may not is refused', () => {
  afterAll(async () => {
    expect(await shop.read(id)).toMatchObject({ version: 1, price: 250, retired: false });
    expect((await service.call('GET', '/products?sku=NOT-HERE')).body.data).toEqual([]);
    expect(await service.emitted()).toHaveLength(1);
  });

  test('the token that the bad ones are made from is good', async () => {
    const token = await claims().sign(key);
    const answer = await service.call('PATCH', `/products/${newId()}`, { token, body: { price: 1 } });
    expect(answer.status).toBe(404);
  });

  test.each(['bearer', 'BEARER'])(
    'and so is one that comes as %s: the name of a scheme is no matter of case',
    async (scheme) => {
      const headers = { authorization: `${scheme} ${await claims().sign(key)}` };
      const answer = await service.call('PATCH', `/products/${newId()}`, { headers, body: { price: 1 } });
      expect(answer.status).toBe(404);
    },
  );

  test('nobody', () => refused({}, 401, `Nothing says who is calling. ${TAKEN}`));

  test('a token that expired', async () => {
    const token = await claims()
      .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
      .sign(key);
    await refused({ token }, 401, 'The token has expired.');
  });

  test('a token that is not valid yet', async () => {
    const token = await claims().setNotBefore('10m').sign(key);
    await refused({ token }, 401, 'The token is not valid yet.');
  });

  test('a token without an end, or without a subject', async () => {
    const { issuer, audience } = service.identity;
    const endless = new SignJWT({ roles: ['admin'] })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setAudience(audience);
    await refused({ token: await endless.setSubject('root').sign(key) }, 401, 'The token has no usable exp.');
    const nameless = new SignJWT({ roles: ['admin'] }).setProtectedHeader({ alg: 'ES256', kid });
    await refused(
      { token: await nameless.setIssuer(issuer).setAudience(audience).setExpirationTime('1h').sign(key) },
      401,
      'The token has no usable sub.',
    );
  });

  test('a token of another issuer, for another audience', async () => {
    await refused(
      { token: await claims().setIssuer('https://elsewhere.example').sign(key) },
      401,
      'The token is of another issuer.',
    );
    await refused(
      { token: await claims().setAudience('another-shop').sign(key) },
      401,
      'The token is for another audience.',
    );
  });

  test('alg: none', async () => {
    const token = new UnsecuredJWT({ roles: ['admin'] })
      .setSubject('root')
      .setIssuer(service.identity.issuer)
      .setAudience(service.identity.audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();
    await refused({ token }, 401, NO_TOKEN);
    const [, payload, signature] = (await claims().sign(key)).split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg, kid })).toString('base64url');
      await refused({ token: `${header}.${payload!}.${signature!}` }, 401, ALGORITHM);
    }
  });

  test('HS256 with the public key as the secret', async () => {
    const jwks = JSON.parse(await readFile(service.identity.jwksFile, 'utf8')) as { keys: JWK[] };
    const publicKey = (await importJWK(jwks.keys[0]!, 'ES256', { extractable: true })) as CryptoKey;
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwks.keys[0]), JSON.stringify(jwks)]) {
      for (const header of [{ alg: 'HS256', kid }, { alg: 'HS256' }]) {
        const token = await claims({}, header).sign(new TextEncoder().encode(secret));
        await refused({ token }, 401, ALGORITHM);
      }
    }
  });

  test('a key of one’s own, also under the right name and carried along', async () => {
    const own = await generateKeyPair('ES256', { extractable: true });
    await refused({ token: await claims().sign(own.privateKey) }, 401, NOT_SIGNED);
    const jwk = await exportJWK(own.publicKey);
    for (const header of [
      { alg: 'ES256', kid: 'mine' },
      { alg: 'ES256', kid, jwk },
      { alg: 'ES256', kid, jku: 'https://elsewhere.example/jwks' },
    ]) {
      await refused({ token: await claims({}, header).sign(own.privateKey) }, 401, NOT_SIGNED);
    }
  });

  test('a token that was changed', async () => {
    const [header, , signature] = (await claims({ roles: ['customer'] }).sign(key)).split('.');
    const [, payload] = (await claims().sign(key)).split('.');
    await refused({ token: `${header!}.${payload!}.${signature!}` }, 401, NOT_SIGNED);
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic cm9vdDpyb290', 'Bearer a.b', 'Bearer a.b.c.d', 'bearer x', 'Bearer é'])(
    'Authorization: %s',
    (authorization) =>
      refused({ headers: { authorization: Buffer.from(authorization, 'utf8').toString('latin1') } }, 401, NO_TOKEN),
  );

  test('a customer, and someone whose roles are no roles', async () => {
    await refused({ token: await service.token('c-1', 'customer') }, 403);
    await refused({ token: await service.token('c-1') }, 403);
    for (const roles of ['administrator', { admin: true }, [['admin']], 1, null]) {
      await refused({ token: await claims({ roles }).sign(key) }, 403);
    }
  });

  test('an API key that was revoked, or never was', async () => {
    for (const apiKey of ['key-that-was-revoked', 'x', `key-of-stock `.padEnd(300, 'x')])
      await refused({ apiKey }, 401, 'The API key is not known.');
  });

  test('an API key where none is accepted', () => refused({ apiKey: 'key-of-stock' }, 401));

  test('a bad token is refused also where anyone may read, and beside a good API key', async () => {
    const token = await claims().setIssuer('https://elsewhere.example').sign(key);
    expect((await service.call('GET', `/products/${id}`, { token })).status).toBe(401);
    await refused({ token, apiKey: 'key-of-stock' }, 401, 'The token is of another issuer.');
  });

  test('access comes before the body: a caller without it learns nothing about the body', async () => {
    const answer = await service.call('POST', '/products', { body: { wrong: true } });
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/unauthenticated' } });
    expect(answer.body.errors).toBeUndefined();
  });
});

test('anyone may read', async () => {
  expect((await service.call('GET', `/products/${id}`)).status).toBe(200);
  expect((await service.call('GET', '/products')).status).toBe(200);
  const token = await service.token('c-1', 'customer');
  expect((await service.call('GET', `/products/${id}`, { token })).status).toBe(200);
});

test('the type of a problem leads to its page, on either port', async () => {
  const { body } = await service.call('GET', `/products/${newId()}`);
  for (const url of [service.url, service.adminUrl]) {
    const page = await fetch(new URL(body.type as string, url));
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('/problems/not-found')]);
    expect((await fetch(new URL('/problems/none', url))).status).toBe(404);
  }
});
