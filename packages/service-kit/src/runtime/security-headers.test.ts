import helmet from '@fastify/helmet';
import { expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.js';

test('every answer has the headers that helmet sets, and is not cached', async () => {
  const protectedByHelmet = fastify();
  await protectedByHelmet.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
  });
  const ours = fastify();
  addSecurityHeaders(ours);
  const [theirs, own] = [await protectedByHelmet.inject('/'), await ours.inject('/')];
  const { date: _date, ...expected } = theirs.headers;
  expect(own.headers).toMatchObject({ ...expected, 'cache-control': 'no-store' });
  expect({ ...expected, 'cache-control': 'no-store' }).toMatchObject(SECURITY_HEADERS);
});
