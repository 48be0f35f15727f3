import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { serviceSettings } from './config.js';

const settings = z.object(serviceSettings).pick({
  JWT_ALGORITHMS: true,
  TRUSTED_PROXIES: true,
  CORS_ORIGINS: true,
  API_KEYS: true,
});

test('no proxy and no origin is trusted by default', () => {
  expect(settings.parse({})).toMatchObject({ TRUSTED_PROXIES: [], CORS_ORIGINS: [], API_KEYS: [] });
  expect(settings.parse({}).JWT_ALGORITHMS.filter((name) => /^(HS|none)/iu.test(name))).toEqual([]);
});

test('takes lists', () => {
  expect(
    settings.parse({
      JWT_ALGORITHMS: 'RS256, ES256',
      TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.7,fd00::/8,::1',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
    }),
  ).toMatchObject({
    JWT_ALGORITHMS: ['RS256', 'ES256'],
    TRUSTED_PROXIES: ['10.0.0.0/8', '192.168.1.7', 'fd00::/8', '::1'],
    CORS_ORIGINS: ['https://shop.example', 'http://localhost:5173'],
  });
});

test.each([
  ['JWT_ALGORITHMS', ['HS256', 'none', 'RS256,HS512', 'rs256', ',']],
  [
    'TRUSTED_PROXIES',
    ['true', '1', '*', 'localhost', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/'],
  ],
  [
    'CORS_ORIGINS',
    [
      '*',
      'null',
      'shop.example',
      'https://shop.example/',
      'https://*.example',
      'https://a.example/x',
      'https://SHOP.example',
    ],
  ],
  ['API_KEYS', ['x', '{}', '[{"name":"a","hashes":[],"scopes":[]}]', '[{"name":"a b","hashes":["x"],"scopes":[]}]']],
])('refuses %s of %j', (name, values) => {
  for (const value of values) {
    const result = settings.safeParse({ [name]: value });
    expect({ value, path: result.error?.issues[0]?.path[0] }).toEqual({ value, path: name });
  }
});

test.each([
  'https://',
  'http:',
  'https://[::1/jwks',
  'https://me:secret@issuer.example/jwks',
  'https://:secret@issuer.example',
  '/no/such/file.json',
])('refuses JWT_JWKS of %j at the start, and repeats no secret', (jwks) => {
  const { error } = serviceSettings.JWT_JWKS.safeParse(jwks);
  expect(error?.issues).toHaveLength(1);
  expect(error?.message).not.toContain('secret');
});

test.each(['https://issuer.example/jwks', 'http://[::1]:8080/jwks?tenant=shop'])('takes JWT_JWKS of %j', (jwks) => {
  expect(serviceSettings.JWT_JWKS.parse(jwks)).toBe(jwks);
});
