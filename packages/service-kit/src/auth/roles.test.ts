import { expect, test } from '@jest/globals';
import { rolesIn } from './roles.js';

test.each<[string, Record<string, unknown>, string[]]>([
  ['roles', { roles: ['admin'] }, ['admin']],
  ['roles', { roles: ['customer', 'offline_access', 'admin'] }, ['customer', 'admin']],
  ['scope', { scope: 'openid customer' }, ['customer']],
  ['groups', { groups: 'staff,admin' }, ['admin']],
  // Keycloak: of the realm, and of a client
  ['realm_access.roles', { realm_access: { roles: ['admin', 'uma_authorization'] } }, ['admin']],
  ['resource_access.my.shop.roles', { resource_access: { 'my.shop': { roles: ['customer'] } } }, ['customer']],
  // Auth0: a name with dots in it
  ['https://shop.example/roles', { 'https://shop.example/roles': ['admin'] }, ['admin']],
  ['https://shop.example/claims.roles', { 'https://shop.example/claims': { roles: ['admin'] } }, ['admin']],
  // the name itself comes before a way
  ['a.roles', { 'a.roles': ['customer'], a: { roles: ['admin'] } }, ['customer']],
])('%s of %j gives %j', (path, claims, roles) => {
  expect(rolesIn(claims, path)).toEqual(roles);
});

test.each<[string, Record<string, unknown>]>([
  ['roles', {}],
  ['roles', { roles: null }],
  ['roles', { roles: 1 }],
  ['roles', { roles: { admin: true } }],
  ['roles', { roles: [['admin'], { name: 'admin' }] }],
  ['roles', { roles: 'administrator' }],
  ['roles', { roles: ['ADMIN', ' admin'] }],
  ['realm_access.roles', { realm_access: ['admin'] }],
  ['realm_access.roles', { realm_access: null }],
  ['realm_access.roles', { roles: ['admin'] }],
  ['.roles', { roles: ['admin'] }],
  ['a..roles', { a: { roles: ['admin'] } }],
  ['__proto__.roles', Object.create({ roles: ['admin'] }) as Record<string, unknown>],
  ['constructor.name', { roles: ['admin'] }],
])('%s of %j gives none', (path, claims) => {
  expect(rolesIn(claims, path)).toEqual([]);
});
